#include "telemetry/baggage.hpp"

#include <algorithm>

#include "telemetry/header_list.hpp"
#include "telemetry/hexadecimal.hpp"
#include "telemetry/utf8.hpp"

namespace vigie::telemetry {
namespace {

constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";
constexpr std::string_view kDigits = "0123456789ABCDEF";

bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kTokenMarks.find(c) != std::string_view::npos;
  });
}

// baggage-octet of the specification.
bool is_octet(char c) noexcept {
  return c > 0x20 && c < 0x7f && c != '"' && c != ',' && c != ';' && c != '\\';
}

bool is_value(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), is_octet);
}

int digit_value(char c) noexcept {
  return lower_hex_value(c >= 'A' && c <= 'F' ? static_cast<char>(c | 0x20) : c);
}

// A percent sign without two digits stands for itself.
std::string decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_escape = text[i] == '%' && i + 2 < text.size() && digit_value(text[i + 1]) >= 0 &&
                           digit_value(text[i + 2]) >= 0;
    if (is_escape) {
      out += static_cast<char>(digit_value(text[i + 1]) * 16 + digit_value(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return replace_invalid_utf8(out);
}

void append_encoded(std::string_view text, std::string& out) {
  for (char c : text) {
    if (is_octet(c) && c != '%') {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
    }
  }
}

bool are_properties(std::string_view list) noexcept {
  while (!list.empty()) {
    std::string_view value = next_of(list, ';');
    const std::string_view key = next_of(value, '=');
    if (!is_token(key) || !is_value(trimmed(value))) return false;
  }
  return true;
}

std::optional<BaggageMember> parse_member(std::string_view properties) {
  std::string_view value = next_of(properties, ';');
  const std::size_t equals = value.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const std::string_view key = trimmed(value.substr(0, equals));
  value = trimmed(value.substr(equals + 1));
  if (!is_token(key) || !is_value(value) || !are_properties(properties)) return std::nullopt;
  return BaggageMember{std::string(key), decoded(value), std::string(trimmed(properties))};
}

}  // namespace

std::optional<Baggage> parse_baggage(std::string_view text) {
  if (text.size() > kBaggageBytesMax) return std::nullopt;
  Baggage baggage;
  while (!text.empty()) {
    const std::string_view part = next_of(text, ',');
    if (part.empty()) continue;
    auto member = parse_member(part);
    if (!member || baggage.size() == kBaggageMembersMax) return std::nullopt;
    baggage.push_back(*std::move(member));
  }
  return baggage;
}

std::string format_baggage(const Baggage& baggage) {
  std::string out;
  for (const BaggageMember& member : baggage) {
    if (!out.empty()) out += ',';
    out.append(member.key).append("=");
    append_encoded(member.value, out);
    if (!member.properties.empty()) out.append(";").append(member.properties);
  }
  return out;
}

}  // namespace vigie::telemetry
