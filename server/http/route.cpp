#include "server/http/route.hpp"

#include <algorithm>

namespace vigie::http {
namespace {

using domain::Code;
using Types = std::vector<const ProblemType*>;

void append(Types& types, std::initializer_list<const ProblemType*> more) {
  for (const ProblemType* type : more) {
    if (std::find(types.begin(), types.end(), type) == types.end()) types.push_back(type);
  }
}

void append_of_content(Types& types) {
  append(types, {&problems::kMalformedJson, &problems::kDuplicateMember, &problems::kJsonTooDeep,
                 &problems::kNumberOutOfRange, &problems::kBodyIncomplete, &problems::kBodyTooSlow,
                 &problems::kContentTooLarge, &problems::kUnsupportedMediaType,
                 &problems::of(Code::kValidationFailed)});
}

}  // namespace

bool has_problem(const Route& route, const ProblemType& type) noexcept {
  return std::find(route.problems.begin(), route.problems.end(), &type) != route.problems.end();
}

std::vector<const ProblemType*> problems_of(const Route& route) {
  Types types;
  for (const ProblemType* type : route.problems) {
    if (type != nullptr) append(types, {type});
  }
  if (route.access != Access::kPublic) append(types, {&problems::of(Code::kInvalidToken)});
  if (route.access == Access::kRequired) append(types, {&problems::of(Code::kNotAuthenticated)});
  if (!route.request_type.empty()) append_of_content(types);
  if (route.is_streamed) {
    append(types, {&problems::kBodyIncomplete, &problems::kBodyTooSlow, &problems::kContentTooLarge,
                   &problems::kUnsupportedMediaType, &problems::of(Code::kValidationFailed)});
  }
  if (route.has_entity_tag || route.has_ranges) {
    append(types, {&problems::of(Code::kVersionMismatch)});
  }
  if (route.has_ranges) append(types, {&problems::kRangeNotSatisfiable});
  if (route.is_keyed) {
    append(types, {&problems::kInvalidIdempotencyKey, &problems::of(Code::kIdempotencyKeyInFlight),
                   &problems::of(Code::kIdempotencyKeyReused)});
  }
  append(types, {&problems::kMalformedTarget, &problems::of(Code::kRateLimited),
                 &problems::of(Code::kShareExceeded), &problems::of(Code::kInternal),
                 &problems::of(Code::kUnavailable), &problems::of(Code::kOverloaded),
                 &problems::of(Code::kDeadlineExceeded)});
  if (!route.response_type.empty()) append(types, {&problems::kNotAcceptable});
  return types;
}

}  // namespace vigie::http
