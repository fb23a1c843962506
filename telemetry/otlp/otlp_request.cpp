#include "telemetry/otlp/otlp_request.hpp"

#include <optional>

namespace vigie::telemetry {
namespace {

// Field numbers of opentelemetry-proto; those of traces and logs are alike.
namespace request {
constexpr std::uint32_t kResourceRecords = 1;
}
namespace resource_records {
constexpr std::uint32_t kResource = 1;
constexpr std::uint32_t kScopeRecords = 2;
}  // namespace resource_records
namespace resource {
constexpr std::uint32_t kAttributes = 1;
}
namespace scope_records {
constexpr std::uint32_t kScope = 1;
}
namespace scope {
constexpr std::uint32_t kName = 1;
constexpr std::uint32_t kVersion = 2;
}  // namespace scope
namespace key_value {
constexpr std::uint32_t kKey = 1;
constexpr std::uint32_t kValue = 2;
}  // namespace key_value
namespace any_value {
constexpr std::uint32_t kString = 1;
constexpr std::uint32_t kBool = 2;
constexpr std::uint32_t kInteger = 3;
constexpr std::uint32_t kDouble = 4;
}  // namespace any_value

// All field numbers below 16 take a tag of one byte.
std::size_t length_delimited_size(std::size_t bytes) noexcept {
  return 1 + WireWriter::varint_size(bytes) + bytes;
}

// Begins KeyValue up to and with the tag of its value.
void begin_key_value(WireWriter& writer, std::uint32_t field, std::string_view key,
                     std::size_t value_bytes) {
  writer.message_of(field, length_delimited_size(key.size()) + length_delimited_size(value_bytes));
  writer.bytes(key_value::kKey, key);
  writer.message_of(key_value::kValue, value_bytes);
}

std::optional<std::uint64_t> take_varint(std::string_view& in) noexcept {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !in.empty(); shift += 7) {
    const auto byte = static_cast<std::uint8_t>(in[0]);
    in.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

// The bytes or the varint of one field, at the front of `in`.
struct WireField {
  std::uint64_t number = 0;
  std::uint64_t value = 0;
  std::string_view bytes;
};

std::optional<WireField> take_field(std::string_view& in) noexcept {
  const auto tag = take_varint(in);
  const auto value = tag ? take_varint(in) : std::nullopt;
  if (!value) return std::nullopt;
  WireField field{*tag >> 3, *value, {}};
  const std::uint64_t wire_type = *tag & 7;
  if (wire_type == 0) return field;
  if (wire_type != 2 || *value > in.size()) return std::nullopt;
  field.bytes = in.substr(0, *value);
  in.remove_prefix(*value);
  return field;
}

}  // namespace

OtlpRequest::OtlpRequest(const OtlpResource& resource) {
  WireWriter writer;
  for (const auto& [key, value] : resource.attributes) {
    add_otlp_text(writer, resource::kAttributes, replace_invalid_utf8(key),
                  replace_invalid_utf8(value));
  }
  encoded_resource_ = writer.view();
  writer.clear();
  writer.bytes(scope::kName, resource.scope_name);
  writer.bytes(scope::kVersion, resource.scope_version);
  encoded_scope_ = writer.view();
}

void OtlpRequest::begin() {
  writer_.clear();
  resource_records_ = writer_.begin_message(request::kResourceRecords);
  writer_.bytes(resource_records::kResource, encoded_resource_);
  scope_records_ = writer_.begin_message(resource_records::kScopeRecords);
  writer_.bytes(scope_records::kScope, encoded_scope_);
}

std::string_view OtlpRequest::finish() {
  writer_.end_message(scope_records_);
  writer_.end_message(resource_records_);
  return writer_.view();
}

void add_otlp_text(WireWriter& writer, std::uint32_t field, std::string_view key,
                   std::string_view text) {
  begin_key_value(writer, field, key, length_delimited_size(text.size()));
  writer.bytes(any_value::kString, text);
}

void add_otlp_attribute(WireWriter& writer, std::uint32_t field, const AttributeRecord& attribute) {
  const std::string_view key = attribute.key->name;
  const auto integer = static_cast<std::uint64_t>(attribute.bits);
  switch (attribute.kind) {
    case AttributeKind::kString:
      with_valid_utf8(attribute.text(),
                      [&](std::string_view text) { add_otlp_text(writer, field, key, text); });
      return;
    case AttributeKind::kDouble:
      begin_key_value(writer, field, key, 9);
      writer.number(any_value::kDouble, attribute.number());
      return;
    case AttributeKind::kBool:
      begin_key_value(writer, field, key, 2);
      writer.varint(any_value::kBool, integer);
      return;
    default:
      begin_key_value(writer, field, key, 1 + WireWriter::varint_size(integer));
      writer.varint(any_value::kInteger, integer);
  }
}

// Export…ServiceResponse.partial_success = 1; its rejected_… = 1.
std::uint64_t rejected_record_count(std::string_view response) noexcept {
  while (!response.empty()) {
    const auto field = take_field(response);
    if (!field) return 0;
    std::string_view partial = field->bytes;
    while (field->number == 1 && !partial.empty()) {
      const auto inner = take_field(partial);
      if (!inner) return 0;
      if (inner->number == 1) return inner->value;
    }
  }
  return 0;
}

}  // namespace vigie::telemetry
