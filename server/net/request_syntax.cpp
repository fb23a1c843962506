#include "server/net/request_syntax.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "server/platform/core/hex.hpp"

namespace vigie::net {

namespace {

enum CharClass : std::uint8_t { kToken = 1, kFieldValue = 2, kTarget = 4, kHost = 8 };

constexpr bool is_alphanumeric(int c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr std::array<std::uint8_t, 256> make_char_classes() {
  constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";
  constexpr std::string_view kHostMarks = "-._~%!$&'()*+,;=:[]";
  std::array<std::uint8_t, 256> classes{};
  for (int c = 0; c < 256; ++c) {
    const char as_char = static_cast<char>(c);
    std::uint8_t& of_char = classes[static_cast<std::size_t>(c)];
    const bool is_word = is_alphanumeric(c);
    if (is_word || kTokenMarks.find(as_char) != std::string_view::npos) of_char |= kToken;
    if (is_word || kHostMarks.find(as_char) != std::string_view::npos) of_char |= kHost;
    if (c == '\t' || (c >= 0x20 && c != 0x7f)) of_char |= kFieldValue;
    if (c > 0x20 && c < 0x7f && c != '#') of_char |= kTarget;
  }
  return classes;
}

constexpr std::array<std::uint8_t, 256> kCharClasses = make_char_classes();

bool all_are(std::string_view text, CharClass wanted) noexcept {
  // No early exit: what is checked is short, and the loop has no unpredictable branch.
  std::uint8_t common = wanted;
  for (const char c : text) common &= kCharClasses[static_cast<unsigned char>(c)];
  return common == wanted;
}

/// Empty, or a colon and digits of a 16-bit number; RFC 3986 lets the digits be missing.
bool is_port(std::string_view text) noexcept {
  if (text.empty()) return true;
  if (text.front() != ':') return false;
  std::uint32_t port = 0;
  for (const char c : text.substr(1)) {
    if (c < '0' || c > '9') return false;
    port = port * 10 + static_cast<std::uint32_t>(c - '0');
    if (port > 65'535) return false;
  }
  return true;
}

/// reg-name, of which an IPv4 address is one: what may stand there, and escapes that are whole.
bool is_registered_name(std::string_view text) noexcept {
  if (text.find_first_of("[]:") != std::string_view::npos || !all_are(text, kHost)) {
    return text.empty();
  }
  for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
    const bool is_escape = at + 2 < text.size() && core::is_hex_digit(text[at + 1]) &&
                           core::is_hex_digit(text[at + 2]);
    if (!is_escape) return false;
  }
  return true;
}

/// What stands in brackets: an IPv6 address, or a form of the future.
bool is_ip_literal(std::string_view text) noexcept {
  if (text.starts_with('v') || text.starts_with('V')) {
    const std::size_t dot = text.find('.');
    return dot != std::string_view::npos && dot > 1 && dot + 1 < text.size() &&
           std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(dot),
                       core::is_hex_digit) &&
           all_are(text.substr(dot + 1), kHost);
  }
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size()) return false;
  text.copy(terminated.data(), text.size());
  in6_addr address{};
  return ::inet_pton(AF_INET6, terminated.data(), &address) == 1;
}

http::Method method_of(std::string_view name) noexcept {
  for (int value = 0; value < static_cast<int>(http::Method::kUnknown); ++value) {
    const auto method = static_cast<http::Method>(value);
    if (http::name_of(method) == name) return method;
  }
  return http::Method::kUnknown;
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

std::optional<http::Refusal> read_version(std::string_view text, http::Request& request) {
  constexpr std::string_view kPrefix = "HTTP/";
  const bool is_version = text.size() == 8 && text.substr(0, 5) == kPrefix && is_digit(text[5]) &&
                          text[6] == '.' && is_digit(text[7]);
  if (!is_version) return http::Refusal::kMalformed;
  if (text[5] != '1' || text[7] > '1') return http::Refusal::kVersionNotSupported;
  request.minor_version = text[7] - '0';
  return std::nullopt;
}

void split_query(std::string_view path_and_query, http::Request& request) {
  const std::size_t mark = path_and_query.find('?');
  request.path = path_and_query.substr(0, mark);
  request.query = mark == std::string_view::npos ? "" : path_and_query.substr(mark + 1);
  if (request.path.empty()) request.path = "/";
}

// RFC 9112, section 3.2: origin-form, absolute-form, authority-form, asterisk-form.
bool read_target(http::Request& request) {
  const std::string_view target = request.target;
  if (request.method == http::Method::kConnect) return all_are(target, kHost);
  if (target.front() == '/') {
    split_query(target, request);
    return true;
  }
  if (target == "*") {
    request.path = target;
    return request.method == http::Method::kOptions;
  }
  const std::size_t scheme_end = target.find("://");
  if (scheme_end == std::string_view::npos) return false;
  const std::string_view scheme = target.substr(0, scheme_end);
  if (!equals_ignoring_case(scheme, "http") && !equals_ignoring_case(scheme, "https")) return false;
  const std::string_view rest = target.substr(scheme_end + 3);
  const std::size_t authority_end = rest.find_first_of("/?");
  const std::string_view authority = rest.substr(0, authority_end);
  split_query(authority_end == std::string_view::npos ? "" : rest.substr(authority_end), request);
  // These schemes have no empty host (RFC 9110, section 4.2.1).
  return !authority.empty() && authority.front() != ':' && is_host(authority);
}

}  // namespace

std::optional<http::Refusal> read_request_line(std::string_view line, http::Request& request) {
  const std::size_t method_end = line.find(' ');
  if (method_end == std::string_view::npos || method_end == 0) return http::Refusal::kMalformed;
  const std::string_view method = line.substr(0, method_end);
  const std::size_t target_end = line.find(' ', method_end + 1);
  if (target_end == std::string_view::npos) return http::Refusal::kMalformed;
  const std::string_view target = line.substr(method_end + 1, target_end - method_end - 1);
  if (target.empty() || !is_token(method) || !all_are(target, kTarget)) {
    return http::Refusal::kMalformed;
  }
  if (auto refusal = read_version(line.substr(target_end + 1), request)) return refusal;
  request.method_name = method;
  request.target = target;
  request.method = method_of(method);
  if (request.method == http::Method::kUnknown) return http::Refusal::kUnknownMethod;
  if (!read_target(request)) return http::Refusal::kMalformed;
  return std::nullopt;
}

bool is_token(std::string_view text) noexcept { return all_are(text, kToken); }

bool is_field_line(std::string_view line) noexcept {
  const std::size_t colon = line.find(':');
  return colon != std::string_view::npos && colon != 0 && is_token(line.substr(0, colon)) &&
         all_are(line.substr(colon + 1), kFieldValue);
}

bool is_host(std::string_view value) noexcept {
  if (value.starts_with('[')) {
    const std::size_t end = value.find(']');
    return end != std::string_view::npos && is_ip_literal(value.substr(1, end - 1)) &&
           is_port(value.substr(end + 1));
  }
  const std::size_t colon = value.find(':');
  const std::string_view name = value.substr(0, colon);
  const std::string_view port = colon == std::string_view::npos ? "" : value.substr(colon);
  return is_registered_name(name) && is_port(port);
}

Expectations read_expectations(std::string_view list) noexcept {
  Expectations found;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    const std::string_view expectation = trimmed(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
    if (expectation.empty()) continue;  // RFC 9110, section 5.6.1.2
    const bool is_continue = equals_ignoring_case(expectation, "100-continue");
    found.has_continue |= is_continue;
    found.has_unknown |= !is_continue;
  }
  return found;
}

void TransferCodings::add(std::string_view list) noexcept {
  std::size_t end = 0;
  do {
    end = list.find(',');
    const std::string_view coding = trimmed(list.substr(0, end));
    const std::string_view name = trimmed(coding.substr(0, coding.find(';')));
    if (name.empty() || !is_token(name)) is_malformed_ = true;
    ends_chunked_ = equals_ignoring_case(coding, "chunked");
    chunked_count_ += ends_chunked_ ? 1 : 0;
    ++count_;
    list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
  } while (end != std::string_view::npos);
}

std::optional<http::Refusal> TransferCodings::refusal() const noexcept {
  if (count_ == 0) return std::nullopt;
  if (is_malformed_ || !ends_chunked_ || chunked_count_ != 1) return http::Refusal::kMalformed;
  if (count_ > 1) return http::Refusal::kUnknownCoding;
  return std::nullopt;
}

bool equals_ignoring_case(std::string_view a, std::string_view lowercase_b) noexcept {
  return a.size() == lowercase_b.size() &&
         std::equal(a.begin(), a.end(), lowercase_b.begin(), [](char x, char y) {
           return (x >= 'A' && x <= 'Z' ? static_cast<char>(x | 0x20) : x) == y;
         });
}

std::string_view trimmed(std::string_view value) noexcept {
  constexpr std::string_view kBlank = " \t";
  const std::size_t first = value.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return value.substr(first, value.find_last_not_of(kBlank) - first + 1);
}

}  // namespace vigie::net
