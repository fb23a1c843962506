#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "telemetry/otlp/wire_writer.hpp"
#include "telemetry/trace_buffer.hpp"

namespace vigie::telemetry {

/// What is the same for all spans of the process.
struct OtlpResource {
  std::vector<std::pair<std::string, std::string>> attributes;
  std::string scope_name;
  std::string scope_version;
};

/// One ExportTraceServiceRequest (opentelemetry-proto 1.x, collector/trace/v1), filled trace by
/// trace. Text that is no UTF-8 is repaired: one bad byte would make a collector refuse the batch.
class TraceRequest {
 public:
  explicit TraceRequest(const OtlpResource& resource);

  /// Starts an empty request.
  void begin();
  void add(const TraceBuffer& trace);
  /// The encoded request, until the next begin().
  std::string_view finish();

  std::size_t bytes() const noexcept { return writer_.size(); }

 private:
  void add_span(const TraceBuffer& trace, const SpanRecord& span);
  void add_extra(const TraceBuffer& trace, const SpanExtra& extra);
  void add_event(const TraceBuffer& trace, const EventRecord& event);
  void add_link(const LinkRecord& link);
  void add_error(std::string_view description);
  void add_count(std::uint32_t field, std::uint32_t count);
  void add_attribute(std::uint32_t field, const AttributeRecord& attribute);

  std::string encoded_resource_;
  std::string encoded_scope_;
  WireWriter writer_;
  WireWriter::Mark resource_spans_ = 0;
  WireWriter::Mark scope_spans_ = 0;
};

/// Reads an ExportTraceServiceResponse: how many spans the back end refused, 0 when it took all or
/// the response cannot be read.
std::uint64_t rejected_span_count(std::string_view response) noexcept;

}  // namespace vigie::telemetry
