#pragma once

#include <optional>
#include <string_view>

#include "server/http/application.hpp"
#include "server/http/message.hpp"

namespace vigie::net {

// What RFC 9112 asks of single lines, stricter than any parser: whatever two parsers could read
// differently is refused, so that nothing can be smuggled past a proxy in front.

/// Fills method, target, path, query and version. Says what to refuse, if anything; the parts found
/// until then are set.
std::optional<http::Refusal> read_request_line(std::string_view line, http::Request& request);

bool is_token(std::string_view text) noexcept;

/// Name, colon, value; no folding, no space before the colon, no control characters.
bool is_field_line(std::string_view line) noexcept;

/// The value of Host (RFC 9110, section 7.2): a host, which may be empty, and perhaps a port of
/// digits (RFC 3986, section 3.2).
bool is_host(std::string_view value) noexcept;

/// What a line of Expect lists (RFC 9110, section 10.1.1).
struct Expectations {
  bool has_continue = false;
  bool has_unknown = false;
};

Expectations read_expectations(std::string_view list) noexcept;

/// The codings of all Transfer-Encoding fields together, in their order (RFC 9112, section 6.1).
class TransferCodings {
 public:
  /// The value of one field.
  void add(std::string_view list) noexcept;
  /// Nothing when there are none, or chunked alone. Where chunked is not last, or not once, nobody
  /// can tell where the content ends: malformed. Other codings before it are only unknown to us.
  std::optional<http::Refusal> refusal() const noexcept;

 private:
  int count_ = 0;
  int chunked_count_ = 0;
  bool ends_chunked_ = false;
  bool is_malformed_ = false;
};

bool equals_ignoring_case(std::string_view a, std::string_view lowercase_b) noexcept;

/// Without the blanks and tabs around it.
std::string_view trimmed(std::string_view value) noexcept;

}  // namespace vigie::net
