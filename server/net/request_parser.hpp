#pragma once

#include <llhttp.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "server/http/application.hpp"
#include "server/http/message.hpp"
#include "server/net/chunk_extension.hpp"
#include "server/net/field_section.hpp"
#include "server/net/limits.hpp"

namespace vigie::net {

/// Reads one request after another from bytes in any pieces. llhttp decides on framing; our guards
/// refuse before it what RFC 9112 calls invalid and what llhttp would tolerate, and keep from it
/// what RFC 9112 allows and llhttp does not know. Knows no sockets.
class RequestParser {
 public:
  enum class State : std::uint8_t { kHead, kBody, kDone, kRefused };

  explicit RequestParser(const Limits& limits);
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  /// Starts with the next request.
  void reset();

  State state() const noexcept { return state_; }
  /// Set in state kRefused.
  http::Refusal refusal() const noexcept { return refusal_; }

  /// In state kHead: takes bytes up to the end of the head; says how many.
  std::size_t feed_head(std::string_view bytes);
  bool head_has_begun() const noexcept { return head_.has_begun(); }

  struct BodyPart {
    std::string_view content;  // within the bytes given
    std::size_t taken = 0;
  };
  /// In state kBody: takes bytes up to the end of the request, and moves the content among them
  /// together in place.
  BodyPart feed_body(std::span<char> bytes);

  /// Complete from state kBody on, its trailers from kDone on; views into the parser, valid until
  /// reset().
  http::Request& request() noexcept { return request_; }
  /// What the client asked for (RFC 9112, section 9.3).
  bool must_keep_alive() const noexcept { return must_keep_alive_; }
  bool expects_continue() const noexcept { return expects_continue_; }
  std::optional<std::uint64_t> content_length() const noexcept { return content_length_; }
  /// Content bytes received.
  std::uint64_t body_bytes() const noexcept { return body_bytes_; }

 private:
  static const llhttp_settings_t& settings();
  static RequestParser& of(llhttp_t* parser);
  static int on_header_field(llhttp_t* parser, const char* at, std::size_t length);
  static int on_header_value(llhttp_t* parser, const char* at, std::size_t length);
  static int on_headers_complete(llhttp_t* parser);
  static int on_chunk_header(llhttp_t* parser);
  static int on_chunk_complete(llhttp_t* parser);
  static int on_body(llhttp_t* parser, const char* at, std::size_t length);
  static int on_message_complete(llhttp_t* parser);

  void refuse(http::Refusal refusal);
  void read_head();
  void check_fields();
  void check_field(const http::HeaderView& field);
  std::size_t feed_trailers(std::string_view bytes);
  std::size_t feed_chunk_line(std::string_view bytes);
  void take_extension(char c);
  /// Runs llhttp; says how many bytes it took.
  std::size_t run(std::string_view bytes);

  llhttp_t llhttp_{};
  /// Where in a chunk's first line we are: llhttp gets the size, and never sees the extensions,
  /// of which it knows some forms only.
  enum class ChunkLine : std::uint8_t { kNone, kSize, kExtension };

  ChunkLine chunk_line_ = ChunkLine::kNone;
  ChunkExtension extension_;
  FieldSection head_;
  FieldSection trailers_;
  http::Request request_;
  State state_ = State::kHead;
  http::Refusal refusal_ = http::Refusal::kMalformed;
  bool must_keep_alive_ = false;
  bool expects_continue_ = false;
  bool in_trailers_ = false;
  std::optional<std::uint64_t> content_length_;
  std::uint64_t body_bytes_ = 0;
  std::uint64_t framing_bytes_ = 0;
  char* content_end_ = nullptr;  // where the next content goes, while feed_body runs
};

}  // namespace vigie::net
