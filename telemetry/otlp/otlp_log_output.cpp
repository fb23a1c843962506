#include "telemetry/otlp/otlp_log_output.hpp"

#include <string>
#include <utility>

namespace vigie::telemetry {

OtlpLogOutput::OtlpLogOutput(const LogBatchLimits& limits, const OtlpResource& resource,
                             Courier& courier, const Clock& clock)
    : limits_(limits), courier_(courier), clock_(clock), request_(resource) {}

void OtlpLogOutput::add(const LogRecord& record) {
  if (record_count_ == 0) {
    request_.begin();
    first_ns_ = clock_.monotonic_ns();
  }
  request_.add(record);
  ++record_count_;
  if (record_count_ >= limits_.batch_records_max || request_.bytes() >= limits_.batch_bytes_max) {
    give();
  }
}

bool OtlpLogOutput::pass_on(bool is_hurried) {
  if (record_count_ == 0) return true;
  const std::chrono::nanoseconds age(clock_.monotonic_ns() - first_ns_);
  if (!is_hurried && age < limits_.schedule_delay) return false;
  give();
  return true;
}

void OtlpLogOutput::give() {
  courier_.give({std::string(request_.finish()), std::exchange(record_count_, 0)});
}

}  // namespace vigie::telemetry
