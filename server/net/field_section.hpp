#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "server/http/application.hpp"
#include "server/net/limits.hpp"

namespace vigie::net {

/// Gathers a request's header section, or its trailer section, from bytes that arrive in any
/// pieces, and checks every line as it is completed. Holds the section in one piece afterwards, so
/// that views into it are valid until clear().
class FieldSection {
 public:
  enum class Kind { kHead, kTrailers };
  FieldSection(Kind kind, const Limits& limits) : kind_(kind), limits_(limits) {}

  /// Takes bytes up to the section's end; says how many. Takes none once complete or refused.
  std::size_t feed(std::string_view bytes);
  /// Starts anew. Gives back memory beyond what ordinary requests need.
  void clear();

  bool is_complete() const noexcept { return is_complete_; }
  std::optional<http::Refusal> refusal() const noexcept { return refusal_; }
  /// True once a byte of the section has come (empty lines before a request do not count).
  bool has_begun() const noexcept { return text_.size() > begin_; }
  /// The whole section with its ending empty line; the request line first, if it is a head.
  std::string_view text() const noexcept { return std::string_view(text_).substr(begin_); }
  /// Without its line end. Empty until it is complete.
  std::string_view request_line() const noexcept { return text().substr(0, request_line_bytes_); }

 private:
  bool awaits_request_line() const noexcept {
    return kind_ == Kind::kHead && request_line_bytes_ == 0;
  }
  std::size_t bytes_max() const noexcept;
  void read_lines();
  void end_line(std::string_view line);
  void end_request_line(std::string_view line);
  void end_field(std::string_view line);
  void check_unfinished_line();

  const Kind kind_;
  const Limits& limits_;
  std::string text_;
  std::size_t begin_ = 0;  // after empty lines, which RFC 9112, section 2.2 lets us skip
  std::size_t line_begin_ = 0;
  std::size_t fields_begin_ = 0;
  std::size_t request_line_bytes_ = 0;
  std::size_t field_count_ = 0;
  bool is_complete_ = false;
  std::optional<http::Refusal> refusal_;
};

}  // namespace vigie::net
