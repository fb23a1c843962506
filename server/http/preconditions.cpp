#include "server/http/preconditions.hpp"

#include <algorithm>
#include <chrono>

#include "server/http/entity_tag.hpp"
#include "server/http/field_list.hpp"
#include "server/platform/core/http_date.hpp"

namespace vigie::http {
namespace {

using domain::Timestamp;
using Match = bool (*)(const EntityTag&, const EntityTag&) noexcept;

bool is_read(Method method) noexcept { return method == Method::kGet || method == Method::kHead; }

/// Whether the field lists the representation's tag, or is `*` and there is one.
bool lists(const RequestHeaders& headers, std::string_view field, std::string_view current,
           Match match) {
  const std::string list = combined(headers, field);
  const EntityTags wanted = EntityTags::parse(list);
  const auto tag = EntityTag::parse(current);
  if (!tag) return false;
  return wanted.is_any || std::any_of(wanted.tags.begin(), wanted.tags.end(),
                                      [&](const EntityTag& other) { return match(other, *tag); });
}

/// Nothing when the field is absent, repeated or no date: it is to be ignored then.
std::optional<Timestamp> date_in(const RequestHeaders& headers, std::string_view field,
                                 Timestamp now) {
  const auto value = headers.first(field);
  if (!value || headers.count(field) != 1) return std::nullopt;
  return core::parse_http_date(*value, now);
}

/// To the second, as a date says it.
bool is_unmodified_since(const Validators& current, Timestamp date) {
  return std::chrono::floor<std::chrono::seconds>(*current.modified_at) <= date;
}

/// Steps 1 and 2.
bool expectation_holds(const Request& request, const Validators& current, Timestamp now) {
  const RequestHeaders& headers = request.headers;
  if (headers.first(kIfMatch)) return lists(headers, kIfMatch, current.entity_tag, match_strongly);
  if (!current.modified_at) return true;
  const auto date = date_in(headers, "If-Unmodified-Since", now);
  return !date || is_unmodified_since(current, *date);
}

/// Steps 3 and 4.
bool is_known(const Request& request, const Validators& current, Timestamp now) {
  const RequestHeaders& headers = request.headers;
  if (headers.first(kIfNoneMatch)) {
    return lists(headers, kIfNoneMatch, current.entity_tag, match_weakly);
  }
  if (!current.modified_at || !is_read(request.method)) return false;
  const auto date = date_in(headers, "If-Modified-Since", now);
  return date && is_unmodified_since(current, *date);
}

}  // namespace

Precondition evaluate(const Request& request, const Validators& current, Timestamp now) {
  if (!expectation_holds(request, current, now)) return Precondition::kFailed;
  if (!is_known(request, current, now)) return Precondition::kHolds;
  return is_read(request.method) ? Precondition::kNotModified : Precondition::kFailed;
}

bool if_range_holds(const Request& request, const Validators& current, Timestamp now) {
  const auto condition = request.headers.first("If-Range");
  if (!condition) return true;
  if (request.headers.count("If-Range") != 1) return false;
  // A tag is told from a date by its first three characters.
  if (condition->substr(0, 3).find('"') != std::string_view::npos) {
    const auto wanted = EntityTag::parse(*condition);
    const auto tag = EntityTag::parse(current.entity_tag);
    return wanted && tag && match_strongly(*wanted, *tag);
  }
  const auto date = core::parse_http_date(*condition, now);
  return date && current.modified_at &&
         std::chrono::floor<std::chrono::seconds>(*current.modified_at) == *date;
}

bool has_tag_conditions(const Request& request) noexcept {
  return request.headers.first(kIfMatch) || request.headers.first(kIfNoneMatch);
}

Response refuse_precondition(Exchange& exchange) {
  return refuse(exchange, {.type = &problems::of(domain::Code::kVersionMismatch),
                           .detail = "A condition of the request does not hold: what is there now "
                                     "is not what its If- fields want."});
}

Response conditioned(Exchange& exchange, const std::string& entity_tag, Timestamp now,
                     Response full) {
  full.headers.add("ETag", entity_tag);
  switch (evaluate(exchange.request, {.entity_tag = entity_tag}, now)) {
    case Precondition::kFailed:
      return refuse_precondition(exchange);
    case Precondition::kNotModified:
      break;
    case Precondition::kHolds:
      return full;
  }
  Response unchanged{.status = 304};
  unchanged.headers.add("ETag", entity_tag);
  for (const std::string_view name : {"Cache-Control", "Vary"}) {
    if (const std::string* value = full.headers.first(name)) unchanged.headers.add(name, *value);
  }
  return unchanged;
}

}  // namespace vigie::http
