#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/domain/clock.hpp"
#include "server/http/exchange.hpp"
#include "server/http/message.hpp"

namespace vigie::http {

/// What a request is compared with: the validators of the representation that it selects.
/// A parameter type.
struct Validators {
  /// With its quotes, and `W/` if it is weak; empty: there is no representation.
  std::string_view entity_tag;
  /// Nothing: it has no date, and conditions by date are ignored (RFC 9110, 13.1.3 and 13.1.4).
  std::optional<domain::Timestamp> modified_at = std::nullopt;
};

enum class Precondition : std::uint8_t {
  kHolds,
  kNotModified,  // 304
  kFailed,       // 412
};

/// Judges If-Match, If-Unmodified-Since, If-None-Match and If-Modified-Since in the order of RFC
/// 9110, 13.2.2. `now` says of which century a date with two digits of a year is. To be asked only
/// when the request would succeed without its conditions (RFC 9110, 13.2.1).
Precondition evaluate(const Request& request, const Validators& current, domain::Timestamp now);

/// Whether If-Range, if there is one, lets Range be served (RFC 9110, 13.1.5).
bool if_range_holds(const Request& request, const Validators& current, domain::Timestamp now);

/// Whether the request wants a certain version to be there, or none of certain ones.
bool has_tag_conditions(const Request& request) noexcept;

/// The 412 of a condition that does not hold.
Response refuse_precondition(Exchange& exchange);

/// `full` with its ETag, or what the request's conditions make of it: 304 or 412.
Response conditioned(Exchange& exchange, const std::string& entity_tag, domain::Timestamp now,
                     Response full);

}  // namespace vigie::http
