#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>

#include "telemetry/json_writer.hpp"
#include "telemetry/ledger.hpp"
#include "telemetry/log.hpp"
#include "telemetry/log_record.hpp"
#include "telemetry/pipeline/byte_sink.hpp"
#include "telemetry/pipeline/log_output.hpp"

namespace vigie::telemetry {

/// Log records as JSON lines on a file descriptor.
class LineOutput final : public LogOutput {
 public:
  LineOutput(const LogOptions& options, Ledger& ledger);

  void add(const LogRecord& record) override;
  bool pass_on(bool is_hurried) override;
  bool flush(std::chrono::milliseconds) override { return true; }
  void give_up() noexcept override { gives_up_.store(true); }

 private:
  void write();

  Ledger& ledger_;
  LogFormatter formatter_;
  ByteSink sink_;
  JsonWriter lines_;
  std::size_t line_count_ = 0;
  std::atomic<bool> gives_up_{false};
};

}  // namespace vigie::telemetry
