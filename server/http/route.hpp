#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "server/http/message.hpp"
#include "server/http/problem_type.hpp"

namespace vigie::http {

/// Whether a route looks at the bearer token.
enum class Access : std::uint8_t {
  kPublic,    // no: an expired token must not keep anyone from signing in
  kOptional,  // when there is one; without, the caller is anonymous
  kRequired,  // yes; 401 without
};

/// One row of a route table. A plain value over string literals.
struct Route {
  std::string_view operation;  // the operationId of the API description
  Method method = Method::kUnknown;
  /// Segments in braces are parameters. Also the value of http.route, which is why what matches no
  /// route has a pattern too.
  std::string_view pattern;
  /// One for each of them, by their names in the API description.
  std::span<const std::string_view> path_parameters = {};
  Access access = Access::kPublic;
  std::string_view request_type;    // media type of the content; empty: takes none
  std::string_view request_schema;  // its name in the API description
  std::uint64_t body_bytes_max = 0;
  /// The content is bytes of any type, as long as a part may be, and the handler reads it itself.
  bool is_streamed = false;
  std::string_view response_type;  // media type of a success; empty: no content
  std::string_view response_schema;
  bool has_page = false;  // answers HTML instead, to who asks for that before JSON
  int success = 200;      // 0: there is none
  /// What a success means, where its status does not say it.
  std::string_view success_description;
  bool has_location = false;    // a success says where the resource is; a 201 always does
  bool has_entity_tag = false;  // may answer 304
  bool is_versioned = false;    // answers what is changed by naming its version, with its tag
  bool has_filters = false;     // takes parameters in its query
  /// Which, by their names in the API description.
  std::span<const std::string_view> filters = {};
  bool has_ranges = false;  // answers with bytes of a type of their own, or with parts of them
  bool is_keyed = false;    // takes an Idempotency-Key
  bool is_probe = false;    // logged at debug
  std::chrono::milliseconds deadline{10'000};
  /// Whatever the deadline of requests: the work grows with the content.
  bool has_own_deadline = false;
  /// Traces of requests that take this long or longer are kept; 0: not for that.
  std::chrono::milliseconds slow_after{500};
  std::string_view tag;  // the resource it belongs to
  std::string_view summary;
  std::string_view description;
  std::size_t row = 0;  // in the table that is in use
  /// Refusals of its own, beyond those that follow from the fields above.
  std::array<const ProblemType*, 8> problems{};
};

bool has_problem(const Route& route, const ProblemType& type) noexcept;

/// Every problem a route can answer with, those of its own first.
std::vector<const ProblemType*> problems_of(const Route& route);

/// What is answered without a route of a table still has a name in metrics, spans and logs.
namespace unrouted {

// clang-format off
inline constexpr Route kUnmatched{.pattern = "unmatched", .success = 0, .problems = {&problems::kRouteNotFound}};
inline constexpr Route kMethodNotAllowed{.pattern = "method_not_allowed", .success = 0, .problems = {&problems::kMethodNotAllowed}};
inline constexpr Route kOptions{.pattern = "options", .success = 204};
// Refused by the network layer.
inline constexpr Route kMalformed{.pattern = "malformed", .success = 0, .problems = {&problems::kMalformedRequest}};
inline constexpr Route kTooLarge{.pattern = "too_large", .success = 0, .problems = {&problems::kContentTooLarge, &problems::kUriTooLong, &problems::kHeaderTooLarge}};
inline constexpr Route kTooSlow{.pattern = "too_slow", .success = 0, .problems = {&problems::kHeaderTooSlow, &problems::kBodyTooSlow}};
inline constexpr Route kUnsupported{.pattern = "unsupported", .success = 0, .problems = {&problems::kExpectationFailed, &problems::kVersionNotSupported, &problems::kMethodNotImplemented, &problems::kCodingNotImplemented}};
inline constexpr Route kOverloaded{.pattern = "overloaded", .success = 0, .problems = {&problems::kTooManyConnections, &problems::of(domain::Code::kOverloaded)}};
inline constexpr Route kShuttingDown{.pattern = "shutting_down", .success = 0, .problems = {&problems::kShuttingDown}};
// clang-format on

inline constexpr auto kAll = std::to_array<const Route*>(
    {&kUnmatched, &kMethodNotAllowed, &kOptions, &kMalformed, &kTooLarge, &kTooSlow, &kUnsupported,
     &kOverloaded, &kShuttingDown});

}  // namespace unrouted
}  // namespace vigie::http
