#pragma once

#include <cstddef>
#include <string_view>

#include "telemetry/log_record.hpp"
#include "telemetry/otlp/otlp_request.hpp"

namespace vigie::telemetry {

/// One ExportLogsServiceRequest (opentelemetry-proto 1.x, collector/logs/v1), filled event by
/// event.
class LogsRequest {
 public:
  explicit LogsRequest(const OtlpResource& resource) : request_(resource) {}

  /// Starts an empty request.
  void begin() { request_.begin(); }
  void add(const LogRecord& record);
  /// The encoded request, until the next begin().
  std::string_view finish() { return request_.finish(); }

  std::size_t bytes() const noexcept { return request_.bytes(); }

 private:
  OtlpRequest request_;
};

}  // namespace vigie::telemetry
