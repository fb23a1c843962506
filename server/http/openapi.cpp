#include "server/http/openapi.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "server/http/media_type.hpp"
#include "server/http/openapi_components.hpp"
#include "server/http/problem.hpp"
#include "server/http/routes.hpp"
#include "telemetry/json_writer.hpp"

namespace vigie::http {
namespace {

using telemetry::JsonWriter;

constexpr std::string_view kInfo = R"json({
  "title": "Vigie",
  "version": "1.0.0",
  "summary": "Events and their media, with errors that can be acted upon.",
  "description": "Content is JSON in UTF-8, names are snake_case, times are RFC 3339 and answered in UTC, ids are UUIDs. Texts are composed (Unicode's NFC) before they are counted, stored and compared; what is blank, turns the direction of what follows or is no character is refused. A method that a resource does not have is 405 with Allow; one that the service does not know at all, as QUERY, is 501. Content-Encoding is not taken (415). Every refusal is a problem document (RFC 9457) with a stable `code`, and every answer carries the ids under which support finds it.",
  "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}
})json";

constexpr std::string_view kTags = R"json([
  {"name": "Accounts", "description": "Who uses the service."},
  {"name": "Sessions", "description": "Signing in and out: a short-lived access token, and a refresh token that changes with each use."},
  {"name": "Events", "description": "What takes place. A draft is published, and cancelled if need be."},
  {"name": "Media", "description": "Pictures, sound, films and documents: uploaded in parts, stored once per content, downloaded in ranges."},
  {"name": "Service", "description": "About the service itself."}
])json";

/// What a segment in braces stands for, by the pattern up to its end.
struct PathParameter {
  std::string_view prefix;
  std::string_view component;
};
constexpr auto kPathParameters = std::to_array<PathParameter>({
    {"/api/v1/accounts/{id}", "AccountId"},
    {"/api/v1/events/{id}", "EventId"},
    {"/api/v1/media/{id}", "MediaId"},
    {"/api/v1/media/{id}/parts/{number}", "PartNumber"},
    {"/api/v1/media/{id}/previews/{name}", "PreviewName"},
});

constexpr std::string_view kExampleCorrelationId = "checkout-4711";
constexpr std::string_view kExampleTraceId = "4bf92f3577b34da6a3ce929d0e0e4736";

void write_reference(JsonWriter& json, std::string_view kind, std::string_view name) {
  json.begin_object()
      .member("$ref", "#/components/" + std::string(kind) + '/' + std::string(name))
      .end_object();
}

void write_header(JsonWriter& json, std::string_view field, std::string_view component) {
  json.key(field);
  write_reference(json, "headers", component);
}

/// What every answer that reached the pipeline has.
void write_common_headers(JsonWriter& json) {
  write_header(json, "X-Correlation-ID", "CorrelationId");
  write_header(json, "traceparent", "Traceparent");
  write_header(json, "RateLimit", "RateLimit");
  write_header(json, "RateLimit-Policy", "RateLimitPolicy");
}

bool has_version(const Route& route) { return route.has_entity_tag || route.is_versioned; }

void write_security(JsonWriter& json, Access access) {
  json.key("security").begin_array();
  if (access == Access::kOptional) json.begin_object().end_object();
  if (access != Access::kPublic) {
    json.begin_object().key("bearer").begin_array().end_array().end_object();
  }
  json.end_array();
}

void write_parameters(JsonWriter& json, const Route& route) {
  using domain::Code;
  json.key("parameters").begin_array();
  const auto parameter = [&](std::string_view name) { write_reference(json, "parameters", name); };
  for (const auto& [prefix, component] : kPathParameters) {
    if (route.pattern.starts_with(prefix)) parameter(component);
  }
  std::for_each(route.filters.begin(), route.filters.end(), parameter);
  if (route.is_streamed) parameter("ContentDigest");
  for (const std::string_view name : {"Range", "IfRange", "IfModifiedSince", "IfUnmodifiedSince"}) {
    if (route.has_ranges) parameter(name);
  }
  if (has_problem(route, problems::of(Code::kVersionRequired))) {
    parameter("IfMatchRequired");
  } else if (has_problem(route, problems::of(Code::kVersionMismatch))) {
    parameter("IfMatch");
  }
  if (route.has_entity_tag || route.has_ranges) parameter("IfNoneMatch");
  if (route.is_keyed) parameter("IdempotencyKey");
  parameter("CorrelationId");
  json.end_array();
}

void write_content(JsonWriter& json, std::string_view media_type, std::string_view schema) {
  json.key("content").begin_object().key(media_type).begin_object().key("schema");
  write_reference(json, "schemas", schema);
  if (const std::string example = openapi_example(schema); !example.empty()) {
    json.key("example").raw(example);
  }
  json.end_object().end_object();
}

/// Bytes of any type, in the words that generators of clients know for them.
void write_bytes(JsonWriter& json, std::string_view media_type) {
  json.key(media_type).begin_object().key("schema").begin_object();
  json.member("type", "string").member("format", "binary").end_object().end_object();
}

/// The headers of an answer with bytes, or with a part of them.
void write_content_headers(JsonWriter& json) {
  write_header(json, "ETag", "ETag");
  write_header(json, "Last-Modified", "LastModified");
  write_header(json, "Accept-Ranges", "AcceptRanges");
  write_header(json, "Content-Disposition", "ContentDisposition");
}

/// Beside 200: some of the bytes, none of them, or where they are.
void write_ranges(JsonWriter& json) {
  json.key("206").begin_object().member("description",
                                        "The ranges asked for; several as `multipart/byteranges`.");
  json.key("headers").begin_object();
  write_common_headers(json);
  write_content_headers(json);
  write_header(json, "Content-Range", "ContentRange");
  json.end_object().key("content").begin_object();
  write_bytes(json, "*/*");
  json.end_object().end_object();
  json.key("302").begin_object().member("description",
                                        "Where the store gives it out, for minutes.");
  json.key("headers").begin_object();
  write_common_headers(json);
  write_header(json, "Location", "Location");
  json.end_object().end_object();
}

void write_success(JsonWriter& json, const Route& route) {
  json.key(std::to_string(route.success)).begin_object();
  json.member("description", route.success == 201 ? "Created."
                             : route.success == 202
                                 ? "Verified and stored; a job makes its previews."
                             : route.success == 204 ? "Done; there is nothing to say."
                                                    : "The answer.");
  json.key("headers").begin_object();
  write_common_headers(json);
  if (has_version(route)) write_header(json, "ETag", "ETag");
  if (route.success == 201 || route.success == 202) write_header(json, "Location", "Location");
  if (route.has_ranges) write_content_headers(json);
  if (!route.filters.empty()) write_header(json, "Link", "Link");
  if (route.is_keyed) write_header(json, "Idempotency-Replayed", "IdempotencyReplayed");
  json.end_object();
  if (!route.response_type.empty()) {
    write_content(json, route.response_type, route.response_schema);
  } else if (route.has_ranges) {
    json.key("content").begin_object();
    write_bytes(json, "*/*");
    json.end_object();
  }
  json.end_object();
  if (route.has_ranges) write_ranges(json);
  if (!route.has_entity_tag && !route.has_ranges) return;
  json.key("304").begin_object().member("description", "What the caller has still holds.");
  json.key("headers").begin_object();
  write_common_headers(json);
  write_header(json, "ETag", "ETag");
  json.end_object().end_object();
}

void write_problem_example(JsonWriter& json, const ProblemType& type) {
  json.key(type.code).begin_object().key("value").begin_object();
  json.member("type", "/api/v1/docs#" + std::string(type.code))
      .member("title", type.title)
      .member("status", type.status)
      .member("code", type.code)
      .member("correlation_id", kExampleCorrelationId)
      .member("trace_id", kExampleTraceId);
  if (type.status == 422 && type.code == name_of(domain::Code::kValidationFailed)) {
    json.key("errors").begin_array().begin_object();
    json.member("pointer", "/title").member("message", "must not be blank");
    json.end_object().end_array();
  }
  json.end_object().end_object();
}

using Types = std::vector<const ProblemType*>;

/// Narrower than Problem: which codes come with this status, here.
void write_problem_schema(JsonWriter& json, int status, const Types& types) {
  json.key("schema").begin_object().key("allOf").begin_array();
  write_reference(json, "schemas", "Problem");
  json.begin_object().member("type", "object").key("properties").begin_object();
  json.key("status").begin_object().member("const", status).end_object();
  json.key("code").begin_object().key("enum").begin_array();
  for (const ProblemType* type : types) json.value(type->code);
  json.end_array().end_object().end_object().end_object().end_array().end_object();
}

void write_problem_response(JsonWriter& json, int status, const Types& types, const Route& route) {
  std::string description;
  for (const ProblemType* type : types) {
    description += std::string(type->title) + " (`" + std::string(type->code) + "`). ";
  }
  description.pop_back();
  json.key(std::to_string(status)).begin_object().member("description", description);
  json.key("headers").begin_object();
  write_common_headers(json);
  const bool can_retry =
      std::any_of(types.begin(), types.end(), [](auto* type) { return type->retry_after_s > 0; });
  if (can_retry) write_header(json, "Retry-After", "RetryAfter");
  if (status == 416) write_header(json, "Content-Range", "ContentRange");
  if (status == 401) write_header(json, "WWW-Authenticate", "WWWAuthenticate");
  if (status == 415) write_header(json, "Accept-Encoding", "AcceptEncoding");
  if (status == 415 && route.method == Method::kPatch) {
    write_header(json, "Accept-Patch", "AcceptPatch");
  }
  json.end_object().key("content").begin_object().key(media_types::kProblem).begin_object();
  write_problem_schema(json, status, types);
  json.key("examples").begin_object();
  for (const ProblemType* type : types) write_problem_example(json, *type);
  json.end_object().end_object().end_object().end_object();
}

void write_responses(JsonWriter& json, const Route& route) {
  json.key("responses").begin_object();
  write_success(json, route);
  std::map<int, Types> by_status;
  for (const ProblemType* type : problems_of(route)) by_status[type->status].push_back(type);
  for (const auto& [status, types] : by_status) write_problem_response(json, status, types, route);
  json.end_object();
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(c | 0x20);
  return out;
}

void write_operation(JsonWriter& json, const Route& route) {
  json.key(lower(name_of(route.method))).begin_object();
  json.member("operationId", route.operation).key("tags").begin_array().value(route.tag);
  json.end_array().member("summary", route.summary);
  if (!route.description.empty()) json.member("description", route.description);
  write_security(json, route.access);
  write_parameters(json, route);
  if (!route.request_type.empty()) {
    json.key("requestBody").begin_object().member("required", true);
    write_content(json, route.request_type, route.request_schema);
    json.end_object();
  } else if (route.is_streamed) {
    json.key("requestBody").begin_object().member("required", true).key("content").begin_object();
    write_bytes(json, "application/octet-stream");
    json.end_object().end_object();
  }
  write_responses(json, route);
  json.end_object();
}

void write_paths(JsonWriter& json) {
  json.key("paths").begin_object();
  std::vector<std::string_view> written;
  for (const ApiRoute& first : api_routes()) {
    const std::string_view pattern = first.route.pattern;
    if (std::find(written.begin(), written.end(), pattern) != written.end()) continue;
    written.push_back(pattern);
    json.key(pattern).begin_object();
    for (const ApiRoute& row : api_routes()) {
      if (row.route.pattern == pattern) write_operation(json, row.route);
    }
    json.end_object();
  }
  json.end_object();
}

/// Every code with its title, for the page: an explanation for each link in a problem document.
void write_problem_list(JsonWriter& json) {
  json.key("x-problems").begin_array();
  for (const ProblemType* type : all_problem_types()) {
    json.begin_object()
        .member("code", type->code)
        .member("status", type->status)
        .member("title", type->title)
        .end_object();
  }
  json.end_array();
}

}  // namespace

std::string openapi_json() {
  JsonWriter json(std::size_t{128} * 1024);
  json.begin_object().member("openapi", "3.1.0");
  json.key("info").raw(compact_json(kInfo));
  json.key("servers").begin_array().begin_object().member("url", "/").end_object().end_array();
  json.key("tags").raw(compact_json(kTags));
  write_paths(json);
  json.key("components").raw(openapi_components());
  write_problem_list(json);
  json.end_object();
  return json.take();
}

}  // namespace vigie::http
