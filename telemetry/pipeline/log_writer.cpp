#include "telemetry/pipeline/log_writer.hpp"

#include <algorithm>
#include <string_view>

#include "telemetry/ledger.hpp"
#include "telemetry/pipeline/background_thread.hpp"

namespace vigie::telemetry {
namespace {

// Lines may be this late: in exchange the thread wakes at most fifty times a second under load, and
// never when nothing happens.
constexpr std::chrono::milliseconds kGatherTime{20};
constexpr std::size_t kWriteBytes = std::size_t{64} * 1024;

}  // namespace

LogWriter::LogWriter(const LogOptions& options, Ledger& ledger)
    : ledger_(ledger),
      formatter_(options.service_name, options.service_version),
      sink_(options.fd),
      lines_(2 * kWriteBytes) {
  for (std::unique_ptr<ByteRing>& ring : rings_) {
    ring = std::make_unique<ByteRing>(options.queue_bytes_max);
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
    {
      const std::lock_guard lock(mutex_);
      asked = flushes_asked_;
    }
    const bool is_last = is_stopping_.load();
    const std::size_t count = drain();
    finish_flushes(asked);
    if (is_last) return;
    if (count > 0) {
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
      formatter_.append_line(*reinterpret_cast<const LogRecord*>(place), lines_);
    })) {
      ++count;
      ++line_count_;
      if (lines_.view().size() >= kWriteBytes) write_out();
    }
  }
  write_out();
  return count;
}

void LogWriter::write_out() {
  if (line_count_ == 0) return;
  const std::string_view text = lines_.view();
  const std::size_t written = sink_.write(text, [this] { return gives_up_.load(); });
  if (written == text.size()) {
    ledger_.exported(Signal::kLogs, line_count_);
  } else {
    const std::string_view whole = text.substr(0, written);
    const auto whole_count = static_cast<std::size_t>(std::count(whole.begin(), whole.end(), '\n'));
    const DropReason reason = gives_up_ ? DropReason::kShutdown : DropReason::kWriteFailed;
    ledger_.exported(Signal::kLogs, whole_count);
    ledger_.dropped(Signal::kLogs, line_count_ - whole_count, reason);
  }
  lines_.clear();
  line_count_ = 0;
}

void LogWriter::finish_flushes(std::uint64_t asked) {
  const std::lock_guard lock(mutex_);
  flushes_done_ = asked;
  flushed_.notify_all();
}

bool LogWriter::flush(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  const std::uint64_t asked = ++flushes_asked_;
  wake();
  return flushed_.wait_for(lock, timeout, [&] { return flushes_done_ >= asked; });
}

void LogWriter::stop(std::chrono::milliseconds timeout) {
  if (!thread_.joinable()) return;
  flush(timeout);
  is_open_.store(false);
  is_stopping_.store(true);
  gives_up_.store(true);
  wake();
  thread_.join();
}

}  // namespace vigie::telemetry
