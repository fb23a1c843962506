#include "telemetry/recorder/line_kinds.hpp"

#include <algorithm>
#include <cstring>

#include "telemetry/catalogue/attributes.hpp"

namespace vigie::telemetry {
namespace {

constexpr double kNsAMinute = 60e9;
constexpr std::size_t kKeyBytesMax = 256;

std::string_view text_of(const LogRecord& record, const AttributeKey& key) noexcept {
  std::string_view text;
  record.for_each_attribute([&](const AttributeRecord& attribute) {
    if (attribute.key == &key && attribute.kind == AttributeKind::kString) text = attribute.text();
  });
  return text;
}

/// What explains a line; empty: nothing does.
std::string_view explanation_of(const LogRecord& record) noexcept {
  const std::string_view detail = text_of(record, attributes::kDetail);
  return detail.empty() ? text_of(record, attributes::kReason) : detail;
}

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) noexcept { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }

/// Whether a number begins at `at`, and not a word such as a SQLSTATE.
bool begins_number(std::string_view text, std::size_t at) noexcept {
  return is_digit(text[at]) && (at == 0 || !(is_digit(text[at - 1]) || is_letter(text[at - 1])));
}

/// Behind the number, or behind the word that only begins like one.
std::size_t end_of_number(std::string_view text, std::size_t at) noexcept {
  while (at < text.size() && (is_digit(text[at]) || text[at] == '.')) ++at;
  return at;
}

void keep_example(const LogRecord& record, LineKind& kind) {
  const std::size_t bytes = record.bytes();
  if (bytes > LineKinds::kExampleBytesMax) return;
  kind.example.resize((bytes + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t));
  std::memcpy(kind.example.data(), &record, bytes);
}

}  // namespace

bool RareLines::is_any_left(std::uint64_t now_ns) noexcept {
  if (now_ns > counted_ns_) {
    const double minutes = static_cast<double>(now_ns - counted_ns_) / kNsAMinute;
    left_ = std::min(at_once_, left_ + minutes * a_minute_);
    counted_ns_ = now_ns;
  }
  return left_ >= 1;
}

std::string LineKinds::key_of(const LogRecord& record) {
  std::string key(record.type->name);
  key += '\0';
  const std::string_view text = explanation_of(record).substr(0, kKeyBytesMax);
  for (std::size_t i = 0; i < text.size();) {
    if (!begins_number(text, i)) {
      key += text[i++];
      continue;
    }
    const std::size_t end = end_of_number(text, i);
    const bool is_word = end < text.size() && is_letter(text[end]);
    // 42P01 and 42703 are two kinds: a SQLSTATE has five characters, whatever they are.
    const bool stands_for_itself = is_word || end - i == 5;
    key += stands_for_itself ? text.substr(i, end - i) : std::string_view("#");
    i = end;
  }
  return key;
}

bool LineKinds::has_detail(const LogRecord& record) noexcept {
  return !text_of(record, attributes::kDetail).empty();
}

bool LineKinds::note(const LogRecord& record) {
  const std::string key = key_of(record);
  auto found = kinds_.find(key);
  if (found == kinds_.end()) {
    if (kinds_.size() >= kKindsMax) make_room();
    found = kinds_.emplace(key, LineKind{.type = record.type, .first_ns = record.utc_ns}).first;
  }
  LineKind& kind = found->second;
  RareLines& of_event = rare_of_events_.try_emplace(record.type, 64, 16).first->second;
  const bool is_rare = kind.rare.is_any_left(record.utc_ns) && of_event.is_any_left(record.utc_ns);
  if (is_rare) {
    kind.rare.take();
    of_event.take();
  }
  ++kind.count;
  kind.last_ns = std::max(kind.last_ns, record.utc_ns);
  const std::string_view explanation = explanation_of(record);
  kind.detail = explanation.empty() ? text_of(record, attributes::kErrorType) : explanation;
  keep_example(record, kind);
  return is_rare;
}

const LineKind* LineKinds::find(const LogRecord& record) const {
  const auto found = kinds_.find(key_of(record));
  return found == kinds_.end() ? nullptr : &found->second;
}

void LineKinds::make_room() {
  const auto oldest = std::min_element(
      kinds_.begin(), kinds_.end(),
      [](const auto& a, const auto& b) { return a.second.last_ns < b.second.last_ns; });
  kinds_.erase(oldest);
}

}  // namespace vigie::telemetry
