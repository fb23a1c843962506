#pragma once

#include <chrono>
#include <memory>
#include <utility>

#include "telemetry/pipeline/log_output.hpp"
#include "telemetry/recorder/log_recorder.hpp"

namespace vigie::telemetry {

/// Shows the recorder each record on its way to another output.
class RecordingLogOutput final : public LogOutput {
 public:
  /// The recorder outlives the output.
  RecordingLogOutput(LogRecorder& recorder, std::unique_ptr<LogOutput> next)
      : recorder_(recorder), next_(std::move(next)) {}

  void add(const LogRecord& record) override {
    recorder_.add(record);
    next_->add(record);
  }
  bool pass_on(bool is_hurried) override { return next_->pass_on(is_hurried); }
  bool flush(std::chrono::milliseconds timeout) override { return next_->flush(timeout); }
  void give_up() noexcept override { next_->give_up(); }

 private:
  LogRecorder& recorder_;
  std::unique_ptr<LogOutput> next_;
};

}  // namespace vigie::telemetry
