#include "server/http/openapi_responses.hpp"

#include <algorithm>
#include <cassert>
#include <utility>
#include <vector>

#include "server/http/media_type.hpp"
#include "server/http/problem.hpp"

namespace vigie::http::openapi {
namespace {

using Types = std::vector<const ProblemType*>;

constexpr std::string_view kExampleCorrelationId = "checkout-4711";
constexpr std::string_view kExampleTraceId = "4bf92f3577b34da6a3ce929d0e0e4736";

Json header(std::string_view component) { return reference("headers", component); }

/// What every answer that reached the pipeline has.
Json common_headers() {
  return {{"X-Correlation-ID", header("CorrelationId")},
          {"traceparent", header("Traceparent")},
          {"RateLimit", header("RateLimit")},
          {"RateLimit-Policy", header("RateLimitPolicy")}};
}

/// The headers of an answer with bytes, or with a part of them.
void add_content_headers(Json& headers) {
  headers["ETag"] = header("ETag");
  headers["Last-Modified"] = header("LastModified");
  headers["Accept-Ranges"] = header("AcceptRanges");
  headers["Content-Disposition"] = header("ContentDisposition");
}

Json example_of(const ProblemType& type) {
  Json example = {{"type", "/api/v1/docs#" + std::string(type.code)},
                  {"title", type.title},
                  {"status", type.status},
                  {"code", type.code},
                  {"correlation_id", kExampleCorrelationId},
                  {"trace_id", kExampleTraceId}};
  if (type.code == name_of(domain::Code::kValidationFailed)) {
    const Json fault = {{"pointer", "/title"}, {"message", "must not be blank"}};
    example["errors"] = Json::array({fault});
  }
  return {{"value", std::move(example)}};
}

/// Narrower than Problem: which codes come with this status, here.
Json schema_of(int status, const Types& types) {
  Json codes = Json::array();
  for (const ProblemType* type : types) codes.push_back(type->code);
  const Json narrower = {
      {"type", "object"},
      {"properties", {{"status", {{"const", status}}}, {"code", {{"enum", std::move(codes)}}}}}};
  return {{"allOf", Json::array({reference("schemas", "Problem"), narrower})}};
}

std::string description_of(const Types& types) {
  std::string text;
  for (const ProblemType* type : types) {
    if (!text.empty()) text += ' ';
    text.append(type->title).append(" (`").append(type->code).append("`).");
  }
  return text;
}

std::string_view description_of_success(const Route& route) {
  if (!route.success_description.empty()) return route.success_description;
  if (route.success == 201) return "Created.";
  return route.success == 204 ? "Done; there is nothing to say." : "The answer.";
}

Json headers_of_problem(int status, const Types& types, bool is_patch) {
  Json headers = common_headers();
  if (std::ranges::any_of(types, [](auto* type) { return type->retry_after_s > 0; })) {
    headers["Retry-After"] = header("RetryAfter");
  }
  if (status == 416) headers["Content-Range"] = header("ContentRange");
  if (status == 401) headers["WWW-Authenticate"] = header("WWWAuthenticate");
  if (status == 415) headers["Accept-Encoding"] = header("AcceptEncoding");
  if (status == 415 && is_patch) headers["Accept-Patch"] = header("AcceptPatch");
  return headers;
}

/// Beside 200: some of the bytes, none of them, or where they are.
Json some_bytes() {
  Json headers = common_headers();
  add_content_headers(headers);
  headers["Content-Range"] = header("ContentRange");
  return {{"description", "The ranges asked for; several as `multipart/byteranges`."},
          {"headers", std::move(headers)},
          {"content", bytes("*/*")}};
}

Json elsewhere() {
  Json headers = common_headers();
  headers["Location"] = header("Location");
  return {{"description", "Where the store gives it out, for minutes."},
          {"headers", std::move(headers)}};
}

Json not_modified() {
  Json headers = common_headers();
  headers["ETag"] = header("ETag");
  return {{"description", "What the caller has still holds."}, {"headers", std::move(headers)}};
}

}  // namespace

Json reference(std::string_view kind, std::string_view name) {
  std::string pointer("#/components/");
  pointer.append(kind).append("/").append(name);
  return {{"$ref", std::move(pointer)}};
}

/// Bytes of any type, in the words that generators of clients know for them.
Json bytes(std::string_view media_type) {
  return {{media_type, {{"schema", {{"type", "string"}, {"format", "binary"}}}}}};
}

Json content(std::string_view media_type, std::string_view schema, const Json& examples) {
  Json node = {{"schema", reference("schemas", schema)}};
  if (examples.contains(schema)) node["example"] = examples.at(std::string(schema));
  return {{media_type, std::move(node)}};
}

Json Responses::of(const Route& route) {
  Json responses = {{std::to_string(route.success), success(route)}};
  if (route.has_ranges) {
    responses["206"] = share("206", some_bytes());
    responses["302"] = share("302", elsewhere());
  }
  if (route.has_entity_tag || route.has_ranges) responses["304"] = share("304", not_modified());
  std::map<int, Types> by_status;
  const Types own = problems_of(route);
  // In the order of the list of all of them: a set of codes has one name.
  for (const ProblemType* type : all_problem_types()) {
    if (std::ranges::find(own, type) != own.end()) by_status[type->status].push_back(type);
  }
  for (const auto& [status, types] : by_status) {
    responses[std::to_string(status)] = problem(status, types, route.method == Method::kPatch);
  }
  return responses;
}

Json Responses::success(const Route& route) {
  Json headers = common_headers();
  if (route.has_entity_tag || route.is_versioned) headers["ETag"] = header("ETag");
  if (route.success == 201 || route.has_location) headers["Location"] = header("Location");
  if (route.has_ranges) add_content_headers(headers);
  if (!route.filters.empty()) headers["Link"] = header("Link");
  if (route.is_keyed) headers["Idempotency-Replayed"] = header("IdempotencyReplayed");
  Json response = {{"description", description_of_success(route)}, {"headers", std::move(headers)}};
  if (!route.response_type.empty()) {
    response["content"] = content(route.response_type, route.response_schema, examples_);
    if (route.has_page) response["content"].update(content(media_types::kHtml, "Page", examples_));
  } else if (route.has_ranges) {
    response["content"] = bytes("*/*");
  }
  if (route.success != 204 || route.is_versioned || route.is_keyed) return response;
  return share("204", std::move(response));
}

Json Responses::problem(int status, const Types& types, bool is_patch) {
  std::string name = std::to_string(status);
  Json examples;
  for (const ProblemType* type : types) {
    const std::string code(type->code);
    name.append(".").append(code);
    problem_examples_.emplace(code, example_of(*type));
    examples[code] = reference("examples", code);
  }
  if (status == 415 && is_patch) name += ".patch";
  const Json content = {{"schema", schema_of(status, types)}, {"examples", std::move(examples)}};
  return share(name, {{"description", description_of(types)},
                      {"headers", headers_of_problem(status, types, is_patch)},
                      {"content", {{media_types::kProblem, content}}}});
}

Json Responses::share(const std::string& name, Json response) {
  [[maybe_unused]] const auto [at, is_new] = shared_.emplace(name, response);
  // The name says everything in which responses differ.
  assert(is_new || at->second == response);
  return reference("responses", name);
}

}  // namespace vigie::http::openapi
