#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/http/message.hpp"

namespace vigie::net {

/// What a connection still has to send, in order: bytes and parts of files. Sends as much in one
/// system call as it can.
class WriteQueue {
 public:
  enum class Outcome : std::uint8_t {
    kDone,
    kBlocked,     // the socket takes no more now
    kTurnIsOver,  // it may take more, but others have to get their turn
    kFailed,      // the peer has gone, or a file is shorter than announced
  };

  /// Copies.
  void append(std::string_view bytes);
  /// Keeps big strings as they are.
  void append(std::string&& bytes);
  void append(http::FileRange&& file);

  /// Adds to `sent` what the socket took.
  Outcome flush(int socket, std::uint64_t& sent);
  void clear() noexcept;

  bool empty() const noexcept { return first_sent_ == first_.size() && rest_at_ == rest_.size(); }
  /// Bytes held in memory.
  std::size_t queued_bytes() const noexcept { return queued_bytes_; }

 private:
  struct FilePart {
    http::FileRange file;
    std::uint64_t sent = 0;
  };
  struct Bytes {
    std::string text;
    std::size_t sent = 0;
  };
  using Part = std::variant<Bytes, FilePart>;

  Outcome send_bytes(int socket, std::uint64_t& sent);
  Outcome send_file(int socket, FilePart& part, std::uint64_t& sent);
  void mark_sent(std::size_t bytes) noexcept;
  void drop_sent_parts() noexcept;

  // An answer usually is one small piece, whose memory is used again for the next.
  std::string first_;
  std::size_t first_sent_ = 0;
  std::vector<Part> rest_;
  std::size_t rest_at_ = 0;
  std::size_t queued_bytes_ = 0;
};

}  // namespace vigie::net
