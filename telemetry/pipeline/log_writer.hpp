#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>

#include "telemetry/pipeline/byte_ring.hpp"
#include "telemetry/pipeline/doorbell.hpp"
#include "telemetry/pipeline/log_output.hpp"
#include "telemetry/thread_index.hpp"

namespace vigie::telemetry {

/// The queues of log records and the thread that empties them into an output.
class LogWriter {
 public:
  LogWriter(std::size_t queue_bytes_max, std::unique_ptr<LogOutput> output);
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  /// As ByteRing::push; false when there was no room. Thread-safe.
  template <typename Write>
  bool push(std::size_t bytes_max, const Write& write) noexcept {
    if (!is_open()) return false;
    // Each thread has its ring. Two share one when there are many, and one that was interrupted
    // while it wrote must not cost the other its line: there are more rings.
    for (std::size_t i = 0; i < kRings; ++i) {
      ByteRing& ring = *rings_[(thread_index() + i) % kRings];
      const ByteRing::Push answer = ring.push(bytes_max, write);
      if (answer == ByteRing::Push::kBusy) continue;
      if (is_asleep_.load() || ring.is_half_full()) wake();
      return answer == ByteRing::Push::kTaken;
    }
    return false;
  }

  bool is_open() const noexcept { return is_open_.load(std::memory_order_relaxed); }
  bool flush(std::chrono::milliseconds timeout);
  void stop(std::chrono::milliseconds timeout);

 private:
  static constexpr std::size_t kRings = 8;

  void wake() noexcept;
  void run() noexcept;
  void rest() noexcept;
  bool are_rings_empty() const noexcept;
  std::size_t drain();
  void finish_flushes(std::uint64_t asked);

  std::unique_ptr<LogOutput> output_;
  std::array<std::unique_ptr<ByteRing>, kRings> rings_;

  std::atomic<bool> is_open_{true};
  std::atomic<bool> is_stopping_{false};
  std::atomic<bool> is_asleep_{false};
  Doorbell doorbell_;

  /// Guards the two counters of flushes.
  std::mutex mutex_;
  std::condition_variable flushed_;
  std::uint64_t flushes_asked_ = 0;
  std::uint64_t flushes_done_ = 0;

  std::jthread thread_;
};

}  // namespace vigie::telemetry
