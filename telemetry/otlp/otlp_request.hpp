#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "telemetry/attribute_record.hpp"
#include "telemetry/otlp/wire_writer.hpp"
#include "telemetry/utf8.hpp"

namespace vigie::telemetry {

/// What is the same for all records of the process.
struct OtlpResource {
  std::vector<std::pair<std::string, std::string>> attributes;
  std::string scope_name;
  std::string scope_version;
};

/// What export requests of all signals share (opentelemetry-proto 1.x): one resource with one
/// scope, around the records. Text that is no UTF-8 is repaired: one bad byte would make a
/// collector refuse the batch.
class OtlpRequest {
 public:
  /// The field of a scope that its records are in: spans, or log records.
  static constexpr std::uint32_t kRecords = 2;

  explicit OtlpRequest(const OtlpResource& resource);

  /// Starts an empty request.
  void begin();
  /// The encoded request, until the next begin().
  std::string_view finish();

  std::size_t bytes() const noexcept { return writer_.size(); }
  WireWriter& writer() noexcept { return writer_; }

 private:
  std::string encoded_resource_;
  std::string encoded_scope_;
  WireWriter writer_;
  WireWriter::Mark resource_records_ = 0;
  WireWriter::Mark scope_records_ = 0;
};

/// Writes a KeyValue. Field numbers are below 16. Pre: key and text are UTF-8.
void add_otlp_text(WireWriter& writer, std::uint32_t field, std::string_view key,
                   std::string_view text);
void add_otlp_attribute(WireWriter& writer, std::uint32_t field, const AttributeRecord& attribute);

/// Calls use(text) with the text, repaired if need be.
template <typename Use>
void with_valid_utf8(std::string_view text, const Use& use) {
  if (is_valid_utf8(text)) [[likely]] {
    use(text);
  } else {
    use(std::string_view(replace_invalid_utf8(text)));
  }
}

/// Reads an export response of any signal: how many records the back end refused, 0 when it took
/// all or the response cannot be read.
std::uint64_t rejected_record_count(std::string_view response) noexcept;

}  // namespace vigie::telemetry
