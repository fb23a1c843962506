#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vigie::telemetry {

inline constexpr std::size_t kBaggageMembersMax = 64;
inline constexpr std::size_t kBaggageBytesMax = 8192;

/// What callers say about a request beside its trace. Anybody can write anything into it: values
/// never reach logs, spans or labels.
struct BaggageMember {
  std::string key;
  /// Percent-decoded; what is then no UTF-8 is replaced.
  std::string value;
  /// As received, without the first semicolon.
  std::string properties;

  bool operator==(const BaggageMember&) const = default;
};
using Baggage = std::vector<BaggageMember>;

/// Reads the header of W3C Baggage; several of them as one, with commas. Nothing when it is
/// malformed or over a limit: half of it could mean something else.
std::optional<Baggage> parse_baggage(std::string_view text);

/// The header again. Pre: the baggage comes from parse_baggage.
std::string format_baggage(const Baggage& baggage);

}  // namespace vigie::telemetry
