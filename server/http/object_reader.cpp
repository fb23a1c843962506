#include "server/http/object_reader.hpp"

#include <algorithm>

#include "server/domain/rfc3339.hpp"
#include "server/domain/text.hpp"

namespace vigie::http {

ObjectReader::ObjectReader(const JsonValue& value, std::string pointer, domain::FieldFaults& faults)
    : object_(value.as<JsonValue::Object>()), pointer_(std::move(pointer)), faults_(faults) {
  if (object_ == nullptr) faults_.add(pointer_, "must be an object");
}

std::optional<std::string> ObjectReader::text(std::string_view name, Presence presence) {
  auto found = secret(name, presence);
  if (found) found = domain::normalised(*std::move(found));
  return found;
}

std::optional<std::string> ObjectReader::secret(std::string_view name, Presence presence) {
  const Found found = find(name, presence);
  if (found.is_reset) return std::string{};
  if (found.value == nullptr) return std::nullopt;
  if (const auto* text = found.value->as<std::string>()) return *text;
  refuse(name, "must be a string");
  return std::nullopt;
}

std::optional<std::vector<std::string>> ObjectReader::texts(std::string_view name,
                                                            Presence presence) {
  const Found found = find(name, presence);
  if (found.is_reset) return std::vector<std::string>{};
  if (found.value == nullptr) return std::nullopt;
  const auto* array = found.value->as<JsonValue::Array>();
  if (array == nullptr) {
    refuse(name, "must be an array of strings");
    return std::nullopt;
  }
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < array->size(); ++i) {
    const auto* text = (*array)[i].as<std::string>();
    if (text == nullptr)
      faults_.add(pointer_of(name) + '/' + std::to_string(i), "must be a string");
    if (text != nullptr) texts.push_back(domain::normalised(*text));
  }
  if (texts.size() < array->size()) return std::nullopt;
  return texts;
}

std::optional<std::int64_t> ObjectReader::integer(std::string_view name, Presence presence) {
  const Found found = find(name, presence);
  if (found.value == nullptr) return std::nullopt;
  if (const auto* integer = found.value->as<std::int64_t>()) return *integer;
  refuse(name, "must be an integer of at most 64 bits");
  return std::nullopt;
}

std::optional<double> ObjectReader::number(std::string_view name, Presence presence) {
  const Found found = find(name, presence);
  if (found.value == nullptr) return std::nullopt;
  if (const auto* number = found.value->as<double>()) return *number;
  if (const auto* integer = found.value->as<std::int64_t>()) return static_cast<double>(*integer);
  refuse(name, "must be a number");
  return std::nullopt;
}

std::optional<domain::Timestamp> ObjectReader::time(std::string_view name, Presence presence) {
  const Found found = find(name, presence);
  if (found.value == nullptr) return std::nullopt;
  const auto* text = found.value->as<std::string>();
  const auto time = text == nullptr ? std::nullopt : domain::parse_rfc3339(*text);
  if (!time) refuse(name, "must be an RFC 3339 time with an offset, as 2030-06-01T18:00:00Z");
  return time;
}

const JsonValue* ObjectReader::member(std::string_view name) {
  known_.push_back(name);
  if (object_ == nullptr) return nullptr;
  const auto found = std::find_if(object_->begin(), object_->end(),
                                  [&](const JsonMember& m) { return m.name == name; });
  return found == object_->end() ? nullptr : &found->value;
}

void ObjectReader::finish() {
  if (object_ == nullptr) return;
  for (const JsonMember& member : *object_) {
    const bool is_known = std::find(known_.begin(), known_.end(), member.name) != known_.end();
    if (!is_known) faults_.add(pointer_of(member.name), "is not a known field");
  }
}

std::string ObjectReader::pointer_of(std::string_view name) const {
  return pointer_ + '/' + core::pointer_token(name);
}

ObjectReader::Found ObjectReader::find(std::string_view name, Presence presence) {
  const JsonValue* value = member(name);
  if (value != nullptr && !value->is_null()) return {.value = value};
  if (object_ == nullptr) return {};
  if (presence == Presence::kRequired) refuse(name, "is required");
  if (presence == Presence::kKept && value != nullptr) refuse(name, "must not be null");
  return {.is_reset = presence == Presence::kReset && value != nullptr};
}

void ObjectReader::refuse(std::string_view name, std::string message) {
  faults_.add(pointer_of(name), std::move(message));
}

}  // namespace vigie::http
