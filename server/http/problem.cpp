#include "server/http/problem.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "server/http/media_type.hpp"
#include "telemetry/json_writer.hpp"

namespace vigie::http {
namespace {

/// A body of nothing but faults must not be answered with a far larger one.
constexpr std::size_t kFaultsMax = 50;

void write_faults(telemetry::JsonWriter& json, const std::vector<domain::FieldFault>& faults) {
  json.key("errors").begin_array();
  for (std::size_t i = 0; i < std::min(faults.size(), kFaultsMax); ++i) {
    json.begin_object()
        .member("pointer", faults[i].pointer)
        .member("message", faults[i].message)
        .end_object();
  }
  json.end_array();
}

std::string document(const Problem& problem, const ProblemIds& ids) {
  std::array<char, 32> trace_id{};
  ids.trace_id.write_hex(trace_id.data());
  telemetry::JsonWriter json;
  json.begin_object()
      .member("type", std::string(ids.problems_page).append("#").append(problem.type->code))
      .member("title", problem.type->title)
      .member("status", problem.type->status);
  if (!problem.detail.empty()) json.member("detail", problem.detail);
  json.member("code", problem.type->code)
      .member("correlation_id", ids.correlation_id)
      .member("trace_id", std::string_view(trace_id.data(), trace_id.size()));
  if (!problem.faults.empty()) write_faults(json, problem.faults);
  json.end_object();
  return json.take();
}

/// RFC 6750, section 3: a request without a token is told the scheme only.
std::string_view challenge(const ProblemType& type) {
  const bool is_token = type.code == name_of(domain::Code::kInvalidToken);
  return is_token ? R"(Bearer realm="vigie", error="invalid_token")" : R"(Bearer realm="vigie")";
}

}  // namespace

Problem Problem::of(domain::Error error) {
  return {.type = &problems::of(error.code),
          .detail = std::move(error.message),
          .faults = std::move(error.faults)};
}

Response problem_response(const Problem& problem, const ProblemIds& ids) {
  Response response{.status = problem.type->status};
  response.headers.add("Content-Type", std::string(media_types::kProblem));
  response.headers.add("Cache-Control", "no-store");
  if (problem.type->status == 401) {
    response.headers.add("WWW-Authenticate", std::string(challenge(*problem.type)));
  }
  const int retry_after_s =
      problem.retry_after_s > 0 ? problem.retry_after_s : problem.type->retry_after_s;
  if (retry_after_s > 0) response.headers.add("Retry-After", std::to_string(retry_after_s));
  response.body = document(problem, ids);
  return response;
}

std::vector<const ProblemType*> all_problem_types() {
  std::vector<const ProblemType*> types(problems::kOfProtocol.begin(), problems::kOfProtocol.end());
  for (const ProblemType& type : problems::kOfDomain) types.push_back(&type);
  return types;
}

}  // namespace vigie::http
