#include "telemetry/trace_context.hpp"

#include <algorithm>
#include <span>

#include "telemetry/header_list.hpp"
#include "telemetry/hexadecimal.hpp"

namespace vigie::telemetry {
namespace {

constexpr std::string_view kKeyMarks = "_-*/@";
constexpr std::size_t kTraceStateMembersMax = 32;

// Upper case is malformed: the specification asks for lower-case digits.
bool read_hex(std::string_view text, std::span<std::uint8_t> out) noexcept {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = lower_hex_value(text[2 * i]);
    const int low = lower_hex_value(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return true;
}

bool is_lower_or_digit(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// As level 2 has it: any number of @ may stand in it.
bool is_key(std::string_view key) noexcept {
  if (key.empty() || key.size() > 256 || !is_lower_or_digit(key[0])) return false;
  return std::all_of(key.begin(), key.end(), [](char c) {
    return is_lower_or_digit(c) || kKeyMarks.find(c) != std::string_view::npos;
  });
}

bool is_value(std::string_view value) noexcept {
  if (value.empty() || value.size() > 256 || value.back() == ' ') return false;
  return std::all_of(value.begin(), value.end(),
                     [](char c) { return c >= 0x20 && c <= 0x7e && c != ',' && c != '='; });
}

// A key that stands twice is no reason to lose the others (level 2, 3.3.1.3.1): both stay.
bool is_valid_tracestate(std::string_view list) noexcept {
  if (list.size() > kTraceStateBytesMax) return false;
  std::size_t count = 0;
  while (!list.empty()) {
    const std::string_view member = next_of(list, ',');
    if (member.empty()) continue;
    const std::size_t equals = member.find('=');
    if (equals == std::string_view::npos || ++count > kTraceStateMembersMax) return false;
    if (!is_key(member.substr(0, equals)) || !is_value(member.substr(equals + 1))) return false;
  }
  return true;
}

// Version 00 has exactly 55 characters; a later one may go on after a dash. Version ff is none.
bool has_valid_shape(std::string_view text, std::uint8_t version) noexcept {
  if (text[2] != '-' || text[35] != '-' || text[52] != '-' || version == 0xff) return false;
  if (text.size() == kTraceParentBytes) return true;
  return version != 0 && text[kTraceParentBytes] == '-';
}

}  // namespace

template <std::size_t N>
void Identifier<N>::write_hex(char* out) const noexcept {
  for (std::uint8_t byte : bytes) {
    *out++ = kLowerHexDigits[byte >> 4];
    *out++ = kLowerHexDigits[byte & 15];
  }
}

template <std::size_t N>
std::string Identifier<N>::to_hex() const {
  std::string text(2 * N, '0');
  write_hex(text.data());
  return text;
}

template struct Identifier<16>;
template struct Identifier<8>;

std::optional<TraceParent> parse_traceparent(std::string_view traceparent,
                                             std::string_view tracestate) {
  const std::string_view text = trimmed(traceparent);
  std::uint8_t version = 0;
  if (text.size() < kTraceParentBytes || !read_hex(text, {&version, 1})) return std::nullopt;
  if (!has_valid_shape(text, version)) return std::nullopt;
  TraceParent parent;
  if (!read_hex(text.substr(3), parent.trace_id.bytes)) return std::nullopt;
  if (!read_hex(text.substr(36), parent.span_id.bytes)) return std::nullopt;
  if (!read_hex(text.substr(53), {&parent.flags, 1})) return std::nullopt;
  if (!parent.trace_id.is_valid() || !parent.span_id.is_valid()) return std::nullopt;
  if (is_valid_tracestate(tracestate)) parent.tracestate = trimmed(tracestate);
  return parent;
}

std::optional<TraceId> parse_trace_id(std::string_view text) {
  TraceId id;
  if (text.size() != 2 * id.bytes.size() || !read_hex(text, id.bytes) || !id.is_valid()) {
    return std::nullopt;
  }
  return id;
}

std::string format_traceparent(const TraceId& trace_id, const SpanId& span_id, std::uint8_t flags) {
  std::string text(kTraceParentBytes, '-');
  text[0] = text[1] = '0';
  trace_id.write_hex(&text[3]);
  span_id.write_hex(&text[36]);
  text[53] = kLowerHexDigits[flags >> 4];
  text[54] = kLowerHexDigits[flags & 15];
  return text;
}

}  // namespace vigie::telemetry
