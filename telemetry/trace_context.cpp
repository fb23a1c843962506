#include "telemetry/trace_context.hpp"

#include <algorithm>
#include <set>
#include <span>

namespace vigie::telemetry {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::size_t kTraceStateMembersMax = 32;

// Upper case is malformed: the specification asks for lower-case digits.
int digit_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

bool read_hex(std::string_view text, std::span<std::uint8_t> out) noexcept {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = digit_value(text[2 * i]);
    const int low = digit_value(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return true;
}

std::string_view trim(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool is_key_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '*' ||
         c == '/';
}

bool is_key_part(std::string_view part, std::size_t bytes_max, bool may_start_with_digit) noexcept {
  if (part.empty() || part.size() > bytes_max) return false;
  const bool starts_well = (part[0] >= 'a' && part[0] <= 'z') ||
                           (may_start_with_digit && part[0] >= '0' && part[0] <= '9');
  return starts_well && std::all_of(part.begin(), part.end(), is_key_character);
}

// A simple key, or tenant@system (W3C Trace Context, 3.3.1.3.1).
bool is_key(std::string_view key) noexcept {
  const std::size_t at = key.find('@');
  if (at == std::string_view::npos) return is_key_part(key, 256, false);
  return is_key_part(key.substr(0, at), 241, true) && is_key_part(key.substr(at + 1), 14, false);
}

bool is_value(std::string_view value) noexcept {
  if (value.empty() || value.size() > 256 || value.back() == ' ') return false;
  return std::all_of(value.begin(), value.end(),
                     [](char c) { return c >= 0x20 && c <= 0x7e && c != ',' && c != '='; });
}

bool is_valid_tracestate(std::string_view list) {
  if (list.size() > kTraceStateBytesMax) return false;
  std::set<std::string_view> keys;
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    const std::string_view member = trim(list.substr(0, comma));
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
    if (member.empty()) continue;
    const std::size_t equals = member.find('=');
    if (equals == std::string_view::npos) return false;
    const std::string_view key = member.substr(0, equals);
    if (!is_key(key) || !is_value(member.substr(equals + 1))) return false;
    if (!keys.insert(key).second || keys.size() > kTraceStateMembersMax) return false;
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
    *out++ = kDigits[byte >> 4];
    *out++ = kDigits[byte & 15];
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
  const std::string_view text = trim(traceparent);
  std::uint8_t version = 0;
  if (text.size() < kTraceParentBytes || !read_hex(text, {&version, 1})) return std::nullopt;
  if (!has_valid_shape(text, version)) return std::nullopt;
  TraceParent parent;
  if (!read_hex(text.substr(3), parent.trace_id.bytes)) return std::nullopt;
  if (!read_hex(text.substr(36), parent.span_id.bytes)) return std::nullopt;
  if (!read_hex(text.substr(53), {&parent.flags, 1})) return std::nullopt;
  if (!parent.trace_id.is_valid() || !parent.span_id.is_valid()) return std::nullopt;
  if (is_valid_tracestate(tracestate)) parent.tracestate = trim(tracestate);
  return parent;
}

std::string format_traceparent(const TraceId& trace_id, const SpanId& span_id, std::uint8_t flags) {
  std::string text(kTraceParentBytes, '-');
  text[0] = text[1] = '0';
  trace_id.write_hex(&text[3]);
  span_id.write_hex(&text[36]);
  text[53] = kDigits[flags >> 4];
  text[54] = kDigits[flags & 15];
  return text;
}

}  // namespace vigie::telemetry
