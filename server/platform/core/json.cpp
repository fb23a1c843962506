#include "server/platform/core/json.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>

namespace vigie::core {
namespace {

using Kind = JsonFault::Kind;

JsonFault malformed_at(std::size_t byte) {
  return {Kind::kMalformed, "", "cannot be read at byte " + std::to_string(byte)};
}

/// The exponent of a number; what is beyond any that matters is as large as that.
int exponent_of(std::string_view text) {
  constexpr int kBeyond = 100'000;
  if (text.empty()) return 0;
  const bool is_negative = text.front() == '-';
  if (is_negative || text.front() == '+') text.remove_prefix(1);
  int exponent = kBeyond;
  if (std::from_chars(text.data(), text.data() + text.size(), exponent).ec != std::errc{}) {
    exponent = kBeyond;
  }
  exponent = std::min(exponent, kBeyond);
  return is_negative ? -exponent : exponent;
}

/// The integer that a number with a fraction or an exponent is; nothing when it is none, or beyond
/// 64 bits. By its digits: a double would have lost the last ones.
std::optional<std::int64_t> integer_of(std::string_view text) {
  const std::size_t mark = text.find_first_of("eE");
  int exponent = mark == std::string_view::npos ? 0 : exponent_of(text.substr(mark + 1));
  std::string digits(text.substr(0, mark));
  if (const std::size_t point = digits.find('.'); point != std::string::npos) {
    exponent -= static_cast<int>(digits.size() - point - 1);
    digits.erase(point, 1);
  }
  while (digits.ends_with('0')) {
    digits.pop_back();
    ++exponent;
  }
  if (digits.empty() || digits == "-") return 0;
  constexpr int kDigitsMax = 19;  // of 64 bits
  if (exponent < 0 || exponent > kDigitsMax) return std::nullopt;
  digits.append(static_cast<std::size_t>(exponent), '0');
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc{} ? std::optional(value) : std::nullopt;
}

/// Builds the value while the parser goes through the text. Each handler returns false to stop; the
/// reason is in `fault_`.
class JsonBuilder : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return put(JsonValue{}); }
  bool boolean(bool value) override { return put(JsonValue{value}); }
  bool number_integer(number_integer_t value) override {
    return put(JsonValue{static_cast<std::int64_t>(value)});
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max())) {
      return refuse_number();
    }
    return put(JsonValue{static_cast<std::int64_t>(value)});
  }
  bool number_float(number_float_t value, const string_t& text) override {
    // An integer beyond 64 bits comes as a float that has lost digits.
    if (text.find_first_of(".eE") == std::string::npos) return refuse_number();
    if (const auto integer = integer_of(text)) return put(JsonValue{*integer});
    return put(JsonValue{value});
  }
  bool string(string_t& value) override { return put(JsonValue{std::move(value)}); }
  bool binary(binary_t& /*value*/) override { return false; }  // not in JSON

  bool start_object(std::size_t /*members*/) override {
    return open(JsonValue{JsonValue::Object{}});
  }
  bool key(string_t& name) override {
    levels_.back().name = std::move(name);
    return true;
  }
  bool end_object() override {
    Level& level = levels_.back();
    const std::string* name = repeated_name(*level.value.as<JsonValue::Object>());
    if (name == nullptr) return close();
    level.name = *name;
    return refuse({Kind::kDuplicateMember, pointer(), "is given more than once"});
  }
  bool start_array(std::size_t /*items*/) override { return open(JsonValue{JsonValue::Array{}}); }
  bool end_array() override { return close(); }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& exception) override {
    constexpr int kNumberOverflow = 406;
    if (exception.id == kNumberOverflow) return refuse_number();
    return refuse(malformed_at(position));
  }

  std::variant<JsonValue, JsonFault> take() && {
    if (fault_) return *std::move(fault_);
    return std::move(root_);
  }

 private:
  struct Level {
    JsonValue value;   // an object or an array
    std::string name;  // of the member being read
  };

  bool open(JsonValue value) {
    if (levels_.size() == kJsonDepthMax) {
      return refuse({Kind::kTooDeep, pointer(),
                     "is nested more than " + std::to_string(kJsonDepthMax) + " levels deep"});
    }
    levels_.push_back({std::move(value), {}});
    return true;
  }
  bool close() {
    JsonValue value = std::move(levels_.back().value);
    levels_.pop_back();
    return put(std::move(value));
  }
  bool put(JsonValue value) {
    if (levels_.empty()) {
      root_ = std::move(value);
      return true;
    }
    Level& level = levels_.back();
    if (auto* object = level.value.as<JsonValue::Object>()) {
      object->push_back({level.name, std::move(value)});
    } else {
      level.value.as<JsonValue::Array>()->push_back(std::move(value));
    }
    return true;
  }

  /// Sorted, not compared pairwise: an object of ten thousand members costs no more than it should.
  static const std::string* repeated_name(const JsonValue::Object& object) {
    std::vector<const std::string*> names;
    names.reserve(object.size());
    for (const JsonMember& member : object) names.push_back(&member.name);
    std::sort(names.begin(), names.end(), [](auto* a, auto* b) { return *a < *b; });
    const auto repeated =
        std::adjacent_find(names.begin(), names.end(), [](auto* a, auto* b) { return *a == *b; });
    return repeated == names.end() ? nullptr : *repeated;
  }

  /// Of what is being read.
  std::string pointer() const {
    std::string path;
    for (const Level& level : levels_) {
      const auto* array = level.value.as<JsonValue::Array>();
      path += '/';
      path += array != nullptr ? std::to_string(array->size()) : pointer_token(level.name);
    }
    return path;
  }
  bool refuse_number() {
    return refuse({Kind::kNumberOutOfRange, pointer(), "is too large a number"});
  }
  bool refuse(JsonFault fault) {
    fault_ = std::move(fault);
    return false;
  }

  std::vector<Level> levels_;
  JsonValue root_;
  std::optional<JsonFault> fault_;
};

}  // namespace

const JsonValue* JsonValue::member(std::string_view name) const noexcept {
  const auto* const object = as<Object>();
  if (object == nullptr) return nullptr;
  const auto found = std::ranges::find(*object, name, &JsonMember::name);
  return found == object->end() ? nullptr : &found->value;
}

std::variant<JsonValue, JsonFault> parse_json(std::string_view text) {
  // The parser takes a NUL for the end of the text.
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return malformed_at(nul + 1);
  }
  JsonBuilder builder;
  nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  return std::move(builder).take();
}

std::string json_string(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string pointer_token(std::string_view name) {
  std::string token;
  for (const char c : name) {
    if (c == '~') token += "~0";
    if (c == '/') token += "~1";
    if (c != '~' && c != '/') token += c;
  }
  return token;
}

}  // namespace vigie::core
