#include "telemetry/sampling_state.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>

#include "telemetry/header_list.hpp"
#include "telemetry/hexadecimal.hpp"

namespace vigie::telemetry {
namespace {

constexpr std::uint64_t kRandomValues = std::uint64_t{1} << 56;
constexpr std::size_t kRandomnessDigits = 14;
constexpr int kThresholdDigits = 4;
constexpr std::size_t kMembersMax = 32;
constexpr std::size_t kValueBytesMax = 256;
constexpr std::string_view kKey = "ot=";
constexpr std::string_view kThreshold = "th:";
constexpr std::string_view kRandomness = "rv:";

// The value of the member; empty when there is none.
std::string_view own_value(std::string_view tracestate) noexcept {
  while (!tracestate.empty()) {
    const std::string_view member = next_of(tracestate, ',');
    if (member.starts_with(kKey)) return member.substr(kKey.size());
  }
  return {};
}

// The other parts of the value, as far as there is room.
void append_parts(std::string& out, std::string_view value, bool is_randomness) {
  while (!value.empty()) {
    const std::string_view part = next_of(value, ';');
    if (part.empty() || part.starts_with(kThreshold)) continue;
    const bool has_room = out.size() - kKey.size() + 1 + part.size() <= kValueBytesMax;
    if (!has_room || part.starts_with(kRandomness) != is_randomness) continue;
    out.append(";").append(part);
  }
}

void append_threshold(std::string& out, std::uint64_t threshold) {
  std::array<char, kRandomnessDigits> digits;
  std::size_t count = 0;
  // Trailing zeros are left out; of 0 one stays.
  do {
    digits[count++] = kLowerHexDigits[threshold >> 52];
    threshold = (threshold << 4) & (kRandomValues - 1);
  } while (threshold != 0);
  out.append(digits.data(), count);
}

void append_other_members(std::string& out, std::string_view tracestate) {
  for (std::size_t count = 1; !tracestate.empty() && count < kMembersMax;) {
    const std::string_view member = next_of(tracestate, ',');
    if (member.empty() || member.starts_with(kKey)) continue;
    out.append(",").append(member);
    ++count;
  }
}

std::uint64_t last_bits(const std::uint8_t* end) noexcept {
  std::uint64_t randomness = 0;
  for (const std::uint8_t* byte = end - 7; byte != end; ++byte) {
    randomness = randomness << 8 | *byte;
  }
  return randomness;
}

}  // namespace

std::uint64_t threshold_of(double ratio) noexcept {
  if (ratio <= 0) return kRandomValues;
  const auto exact =
      static_cast<std::uint64_t>(std::llround((1 - ratio) * static_cast<double>(kRandomValues)));
  // A ratio below 2^-4 begins with f's, which must not use up its digits.
  const int leading_digits = std::countl_one(exact << 8) / 4;
  const int dropped_bits =
      4 * (static_cast<int>(kRandomnessDigits) - leading_digits - kThresholdDigits);
  if (dropped_bits <= 0) return exact;
  const std::uint64_t half = std::uint64_t{1} << (dropped_bits - 1);
  return (exact + half) >> dropped_bits << dropped_bits;
}

std::uint64_t randomness_of(const TraceId& trace_id, std::string_view tracestate) noexcept {
  for (std::string_view value = own_value(tracestate); !value.empty();) {
    std::string_view part = next_of(value, ';');
    if (!part.starts_with(kRandomness)) continue;
    part.remove_prefix(kRandomness.size());
    std::uint64_t given = 0;
    const bool is_lower = part.find_first_not_of(kLowerHexDigits) == std::string_view::npos;
    if (part.size() != kRandomnessDigits || !is_lower) break;
    std::from_chars(part.data(), part.data() + part.size(), given, 16);
    return given;
  }
  return last_bits(trace_id.bytes.end());
}

std::uint64_t randomness_of(const SpanId& span_id) noexcept {
  return last_bits(span_id.bytes.end());
}

std::string with_randomness(std::string_view tracestate, std::uint64_t randomness) {
  std::string out(kKey);
  out += kRandomness;
  for (int shift = 52; shift >= 0; shift -= 4) out += kLowerHexDigits[randomness >> shift & 0xf];
  append_other_members(out, tracestate);
  return out;
}

std::string with_threshold(std::string_view tracestate, std::uint64_t threshold) {
  std::string out(kKey);
  out += kThreshold;
  append_threshold(out, threshold);
  // Randomness first: without it the threshold means something else.
  append_parts(out, own_value(tracestate), true);
  append_parts(out, own_value(tracestate), false);
  append_other_members(out, tracestate);
  return out;
}

}  // namespace vigie::telemetry
