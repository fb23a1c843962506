#include "telemetry/pipeline/log_writer.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "telemetry/log_record.hpp"
#include "telemetry/pipeline/background_thread.hpp"

namespace vigie::telemetry {
namespace {

// Lines may be this late: in exchange the thread wakes at most fifty times a second under load, and
// never when nothing happens.
constexpr std::chrono::milliseconds kGatherTime{20};

}  // namespace

LogWriter::LogWriter(std::size_t queue_bytes_max, std::unique_ptr<LogOutput> output)
    : output_(std::move(output)) {
  for (std::unique_ptr<ByteRing>& ring : rings_) {
    ring = std::make_unique<ByteRing>(queue_bytes_max);
  }
  thread_ = start_background_thread("vigie-log", [this] { run(); });
}

LogWriter::~LogWriter() { stop(std::chrono::milliseconds(0)); }

void LogWriter::wake() noexcept {
  is_asleep_.store(false);
  doorbell_.ring();
}

void LogWriter::run() noexcept {
  while (true) {
    std::uint64_t asked = 0;
    bool is_hurried = false;
    {
      const std::lock_guard lock(mutex_);
      asked = flushes_asked_;
      is_hurried = asked != flushes_done_;
    }
    const bool is_last = is_stopping_.load();
    const std::size_t count = drain();
    const bool is_done = output_->pass_on(is_hurried || is_last);
    finish_flushes(asked);
    if (is_last) return;
    if (count > 0 || !is_done) {
      doorbell_.wait_for(kGatherTime);
    } else {
      rest();
    }
  }
}

void LogWriter::rest() noexcept {
  is_asleep_.store(true);
  // A line or an order that came before the flag was seen rings no bell.
  if (are_rings_empty() && !is_stopping_.load()) doorbell_.wait();
  is_asleep_.store(false);
}

bool LogWriter::are_rings_empty() const noexcept {
  for (const std::unique_ptr<ByteRing>& ring : rings_) {
    if (!ring->is_empty()) return false;
  }
  return true;
}

std::size_t LogWriter::drain() {
  std::size_t count = 0;
  for (const std::unique_ptr<ByteRing>& ring : rings_) {
    while (ring->pop([this](const std::byte* place) {
      output_->add(*reinterpret_cast<const LogRecord*>(place));
    })) {
      ++count;
    }
  }
  return count;
}

void LogWriter::finish_flushes(std::uint64_t asked) {
  const std::lock_guard lock(mutex_);
  flushes_done_ = asked;
  flushed_.notify_all();
}

bool LogWriter::flush(std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  {
    std::unique_lock lock(mutex_);
    const std::uint64_t asked = ++flushes_asked_;
    wake();
    const auto is_done = [&] { return flushes_done_ >= asked; };
    if (!flushed_.wait_until(lock, deadline, is_done)) return false;
  }
  const auto left = deadline - std::chrono::steady_clock::now();
  return output_->flush(std::chrono::duration_cast<std::chrono::milliseconds>(
      std::max(left, std::chrono::steady_clock::duration::zero())));
}

void LogWriter::stop(std::chrono::milliseconds timeout) {
  if (!thread_.joinable()) return;
  flush(timeout);
  is_open_.store(false);
  is_stopping_.store(true);
  output_->give_up();
  wake();
  thread_.join();
}

}  // namespace vigie::telemetry
