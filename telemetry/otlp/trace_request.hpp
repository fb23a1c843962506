#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "telemetry/otlp/otlp_request.hpp"
#include "telemetry/trace_buffer.hpp"

namespace vigie::telemetry {

/// One ExportTraceServiceRequest (opentelemetry-proto 1.x, collector/trace/v1), filled trace by
/// trace.
class TraceRequest {
 public:
  explicit TraceRequest(const OtlpResource& resource) : request_(resource) {}

  /// Starts an empty request.
  void begin() { request_.begin(); }
  void add(const TraceBuffer& trace);
  /// The encoded request, until the next begin().
  std::string_view finish() { return request_.finish(); }

  std::size_t bytes() const noexcept { return request_.bytes(); }

 private:
  void add_span(const TraceBuffer& trace, const SpanRecord& span);
  void add_extra(const TraceBuffer& trace, const SpanExtra& extra);
  void add_event(const TraceBuffer& trace, const EventRecord& event);
  void add_link(const LinkRecord& link);
  void add_error(std::string_view description);
  void add_count(std::uint32_t field, std::uint32_t count);

  OtlpRequest request_;
  WireWriter& writer_ = request_.writer();
};

}  // namespace vigie::telemetry
