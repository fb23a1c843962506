#pragma once

#include <chrono>
#include <cstdint>

#include "telemetry/clock.hpp"
#include "telemetry/config.hpp"
#include "telemetry/otlp/logs_request.hpp"
#include "telemetry/pipeline/courier.hpp"
#include "telemetry/pipeline/log_output.hpp"

namespace vigie::telemetry {

/// Log records as OTLP requests for a courier.
class OtlpLogOutput final : public LogOutput {
 public:
  /// The references outlive it.
  OtlpLogOutput(const LogBatchLimits& limits, const OtlpResource& resource, Courier& courier,
                const Clock& clock);

  void add(const LogRecord& record) override;
  bool pass_on(bool is_hurried) override;
  bool flush(std::chrono::milliseconds timeout) override { return courier_.flush(timeout); }
  void give_up() noexcept override { courier_.begin_stop(); }

 private:
  void give();

  LogBatchLimits limits_;
  Courier& courier_;
  const Clock& clock_;
  LogsRequest request_;
  std::uint32_t record_count_ = 0;
  std::uint64_t first_ns_ = 0;
};

}  // namespace vigie::telemetry
