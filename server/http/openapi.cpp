#include "server/http/openapi.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "server/http/openapi/accounts_part.hpp"
#include "server/http/openapi/events_part.hpp"
#include "server/http/openapi/media_part.hpp"
#include "server/http/openapi/service_part.hpp"
#include "server/http/openapi_parts.hpp"
#include "server/http/openapi_responses.hpp"
#include "server/http/problem.hpp"
#include "server/http/routes.hpp"

namespace vigie::http {
namespace {

using openapi::Json;

/// In the order in which people read them.
constexpr std::array kParts = {openapi::kAccounts, openapi::kEvents, openapi::kMedia,
                               openapi::kService};

Json security_of(Access access) {
  Json security = Json::array();
  if (access == Access::kOptional) security.push_back(Json::object());
  if (access != Access::kPublic) security.push_back({{"bearer", Json::array()}});
  return security;
}

Json parameters_of(const Route& route) {
  using domain::Code;
  Json parameters = Json::array();
  const auto add = [&](std::string_view name) {
    parameters.push_back(openapi::reference("parameters", name));
  };
  std::ranges::for_each(route.path_parameters, add);
  std::ranges::for_each(route.filters, add);
  if (route.is_streamed) add("ContentDigest");
  for (const std::string_view name : {"Range", "IfRange", "IfModifiedSince", "IfUnmodifiedSince"}) {
    if (route.has_ranges) add(name);
  }
  if (has_problem(route, problems::of(Code::kVersionRequired))) {
    add("IfMatchRequired");
  } else if (has_problem(route, problems::of(Code::kVersionMismatch))) {
    add("IfMatch");
  }
  if (route.has_entity_tag || route.has_ranges) add("IfNoneMatch");
  if (route.is_keyed) add("IdempotencyKey");
  add("CorrelationId");
  return parameters;
}

Json operation_of(const Route& route, const Json& examples, openapi::Responses& responses) {
  Json operation = {{"operationId", route.operation},
                    {"tags", Json::array({route.tag})},
                    {"summary", route.summary}};
  if (!route.description.empty()) operation["description"] = route.description;
  operation["security"] = security_of(route.access);
  operation["parameters"] = parameters_of(route);
  if (!route.request_type.empty()) {
    operation["requestBody"] = {
        {"required", true},
        {"content", openapi::content(route.request_type, route.request_schema, examples)}};
  } else if (route.is_streamed) {
    operation["requestBody"] = {{"required", true},
                                {"content", openapi::bytes("application/octet-stream")}};
  }
  operation["responses"] = responses.of(route);
  return operation;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(c | 0x20);
  return out;
}

Json tags_of(const Json& descriptions) {
  Json tags = Json::array();
  for (const auto& [name, description] : descriptions.items()) {
    tags.push_back({{"name", name}, {"description", description}});
  }
  return tags;
}

/// Every code with its title, for the page: an explanation for each link in a problem document.
Json problem_list() {
  Json list = Json::array();
  for (const ProblemType* type : all_problem_types()) {
    list.push_back({{"code", type->code}, {"status", type->status}, {"title", type->title}});
  }
  return list;
}

}  // namespace

std::string openapi_json() {
  Json parts = openapi_parts(kParts);
  const Json examples = std::move(parts["examples"]);
  openapi::Responses responses(examples);
  Json paths;
  for (const ApiRoute& row : api_routes()) {
    paths[std::string(row.route.pattern)][lower(name_of(row.route.method))] =
        operation_of(row.route, examples, responses);
  }
  Json components;
  for (const char* const kind : {"securitySchemes", "headers", "parameters", "schemas"}) {
    components[kind] = std::move(parts[kind]);
  }
  components["responses"] = responses.shared();
  components["examples"] = responses.problem_examples();
  const Json document = {{"openapi", "3.1.0"},
                         {"info", parts["info"]},
                         {"servers", Json::array({Json{{"url", "/"}}})},
                         {"tags", tags_of(parts["tags"])},
                         {"paths", std::move(paths)},
                         {"components", std::move(components)},
                         {"x-problems", problem_list()}};
  return document.dump();
}

}  // namespace vigie::http
