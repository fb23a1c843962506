#pragma once

#include <chrono>
#include <functional>
#include <string_view>

namespace vigie::telemetry {

/// Writes to a file, pipe, terminal or socket without ever being stuck in it: a reader that stalls
/// is waited for in small steps, so that the writer can be told to give up.
class ByteSink {
 public:
  /// `fd` is not closed and keeps its flags: pipes and terminals are opened a second time, because
  /// O_NONBLOCK on a shared description would surprise those who share it.
  explicit ByteSink(int fd) noexcept;
  ~ByteSink();
  ByteSink(const ByteSink&) = delete;
  ByteSink& operator=(const ByteSink&) = delete;

  /// Returns the bytes that were written: less than all after an error, or when `gives_up` said so.
  std::size_t write(std::string_view bytes, const std::function<bool()>& gives_up) noexcept;

 private:
  long write_some(std::string_view bytes) noexcept;

  int fd_;
  bool is_own_ = false;
  bool is_socket_ = false;
};

}  // namespace vigie::telemetry
