#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "telemetry/pipeline/exporter.hpp"

namespace vigie::telemetry {

inline ExportOutcome not_now() {
  ExportOutcome outcome;
  outcome.status = ExportOutcome::Status::kRetry;
  outcome.http_status = 503;
  outcome.detail = "HTTP status 503";
  return outcome;
}

/// Answers with what it was told, and can be held in the middle of a call.
class FakeExporter final : public Exporter {
 public:
  ExportOutcome send(const EncodedBatch& batch) override {
    std::unique_lock lock(mutex_);
    bytes_.push_back(batch.bytes.size());
    changed_.notify_all();
    changed_.wait(lock, [this] { return !is_held_ || is_cancelled_; });
    if (is_cancelled_) return {.status = ExportOutcome::Status::kRetry};
    ExportOutcome outcome = usual_;
    if (!never_.empty() && batch.bytes.starts_with(never_)) {
      outcome = not_now();
    } else if (!outcomes_.empty()) {
      outcome = outcomes_.front();
      outcomes_.pop_front();
    }
    if (outcome.status == ExportOutcome::Status::kTaken) taken_.push_back(batch.bytes);
    changed_.notify_all();
    return outcome;
  }
  void cancel() noexcept override {
    const std::lock_guard lock(mutex_);
    is_cancelled_ = true;
    changed_.notify_all();
  }

  /// First these, then the usual one.
  void will_answer(std::deque<ExportOutcome> outcomes) {
    const std::lock_guard lock(mutex_);
    outcomes_ = std::move(outcomes);
  }
  void will_usually_answer(const ExportOutcome& outcome) {
    const std::lock_guard lock(mutex_);
    usual_ = outcome;
  }
  /// A batch that begins so may always be taken later.
  void will_never_take(std::string prefix) {
    const std::lock_guard lock(mutex_);
    never_ = std::move(prefix);
  }
  void hold(bool is_held) {
    const std::lock_guard lock(mutex_);
    is_held_ = is_held;
    changed_.notify_all();
  }
  bool wait_for_calls(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return bytes_.size() >= count; });
  }
  bool wait_for_taken(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return taken_.size() >= count; });
  }
  std::vector<std::size_t> batch_bytes() {
    const std::lock_guard lock(mutex_);
    return bytes_;
  }
  std::vector<std::string> taken() {
    const std::lock_guard lock(mutex_);
    return taken_;
  }

 private:
  static constexpr std::chrono::seconds kPatience{20};

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<ExportOutcome> outcomes_;
  std::string never_;
  ExportOutcome usual_{.status = ExportOutcome::Status::kTaken};
  std::vector<std::size_t> bytes_;
  std::vector<std::string> taken_;
  bool is_held_ = false;
  bool is_cancelled_ = false;
};

}  // namespace vigie::telemetry
