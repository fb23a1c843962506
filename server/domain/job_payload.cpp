#include "server/domain/job_payload.hpp"

#include <utility>
#include <variant>

#include "server/platform/core/json.hpp"

namespace vigie::domain {

std::optional<std::string> payload_text(std::string_view payload, std::string_view name) {
  const auto read = core::parse_json(payload);
  const auto* const object = std::get_if<core::JsonValue>(&read);
  if (object == nullptr) return std::nullopt;
  const auto* const text = object->member_as<std::string>(name);
  return text == nullptr ? std::nullopt : std::optional(*text);
}

PayloadWriter& PayloadWriter::text(std::string_view name, std::string_view value) {
  text_ += text_.empty() ? '{' : ',';
  text_ += core::json_string(name);
  text_ += ':';
  text_ += core::json_string(value);
  return *this;
}

std::string PayloadWriter::take() {
  if (text_.empty()) text_ = '{';
  text_ += '}';
  return std::move(text_);
}

}  // namespace vigie::domain
