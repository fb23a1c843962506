#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "server/net/limits.hpp"
#include "server/net/waiting.hpp"

namespace vigie::net {

/// Why a client was given up that did not take its answer.
enum class ReaderFault : std::uint8_t {
  kStalled,  // Limits::write_stall_max
  kSlow,     // Limits::write_rate_min
};
inline constexpr std::array<std::string_view, 2> kReaderFaultNames = {"stalled", "slow"};

/// How fast a client takes what waits for it. Watches only while output waits that the socket does
/// not take: a stream that has nothing to say is nobody's fault.
///
/// What counts is what the client has acknowledged. A socket becomes writable when a good part of
/// its buffer is free, and the kernel lets that grow to megabytes: to go by what the socket takes
/// would be to call every client slow that is not fast.
class ReaderPace {
 public:
  explicit ReaderPace(const Limits& limits) : limits_(limits) {}

  /// Output has begun to wait.
  void begin(int socket, TimePoint now) noexcept;
  /// The socket took some of it.
  void on_sent(std::uint64_t bytes) noexcept { sent_bytes_ += bytes; }
  /// When to judge next.
  TimePoint deadline() const noexcept;

  enum class Verdict : std::uint8_t { kGoodEnough, kStalled, kSlow };
  Verdict judge(int socket, TimePoint now) noexcept;

 private:
  void begin_window(std::uint64_t unacknowledged_bytes, TimePoint now) noexcept;

  const Limits& limits_;
  TimePoint moved_at_;
  TimePoint window_began_at_;
  std::uint64_t sent_bytes_ = 0;            // in this window
  std::uint64_t unacknowledged_bytes_ = 0;  // when it began
  std::uint64_t taken_bytes_ = 0;           // in this window, when last judged
};

}  // namespace vigie::net
