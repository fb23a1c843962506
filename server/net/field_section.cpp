#include "server/net/field_section.hpp"

#include "server/net/request_syntax.hpp"

namespace vigie::net {

namespace {

constexpr std::size_t kKeptBytesMax = 4096;
// "OPTIONS " and " HTTP/1.1\r\n", with room for longer methods that are refused as unknown.
constexpr std::size_t kRequestLineExtraBytes = 64;
constexpr std::size_t kLineEndBytes = 2;

}  // namespace

void FieldSection::clear() {
  text_.clear();
  if (text_.capacity() > kKeptBytesMax) text_.shrink_to_fit();
  begin_ = line_begin_ = fields_begin_ = request_line_bytes_ = field_count_ = 0;
  is_complete_ = false;
  refusal_.reset();
}

std::size_t FieldSection::bytes_max() const noexcept {
  const std::size_t fields = limits_.header_bytes_max + kLineEndBytes;
  if (kind_ == Kind::kTrailers) return fields;
  return fields + limits_.target_bytes_max + kRequestLineExtraBytes;
}

std::size_t FieldSection::feed(std::string_view bytes) {
  if (is_complete_ || refusal_) return 0;
  const std::size_t before = text_.size();
  // One byte over the limit is enough to be refused for it.
  text_.append(bytes.substr(0, bytes_max() + 1 - before));
  std::size_t line_end = text_.find('\n', before);
  while (line_end != std::string::npos) {
    end_line(std::string_view(text_).substr(line_begin_, line_end - line_begin_));
    line_begin_ = line_end + 1;
    if (is_complete_) text_.resize(line_begin_);
    if (is_complete_ || refusal_) return text_.size() - before;
    line_end = text_.find('\n', line_begin_);
  }
  check_unfinished_line();
  return text_.size() - before;
}

void FieldSection::end_line(std::string_view line) {
  if (line.empty() || line.back() != '\r') {
    refusal_ = http::Refusal::kMalformed;  // a bare LF
    return;
  }
  line.remove_suffix(1);
  if (awaits_request_line()) {
    end_request_line(line);
  } else if (line.empty()) {
    is_complete_ = true;
  } else {
    end_field(line);
  }
}

void FieldSection::end_request_line(std::string_view line) {
  if (line.empty()) {
    begin_ = line_begin_ + kLineEndBytes;
    return;
  }
  fields_begin_ = line_begin_ + line.size() + kLineEndBytes;
  request_line_bytes_ = line.size();
  // The second blank ends the target; a line without one is refused as a whole, later.
  const std::size_t target_begin = line.find(' ') + 1;
  const std::size_t target_end = line.find(' ', target_begin);
  const bool has_long_target =
      target_end != std::string_view::npos && target_end - target_begin > limits_.target_bytes_max;
  if (has_long_target || line.size() > limits_.target_bytes_max + kRequestLineExtraBytes) {
    refusal_ = http::Refusal::kUriTooLong;
  }
}

void FieldSection::end_field(std::string_view line) {
  ++field_count_;
  const std::size_t field_bytes = line_begin_ + line.size() + kLineEndBytes - fields_begin_;
  if (!is_field_line(line)) {
    refusal_ = http::Refusal::kMalformed;
  } else if (field_count_ > limits_.header_count_max || field_bytes > limits_.header_bytes_max) {
    refusal_ = http::Refusal::kHeaderTooLarge;
  }
}

void FieldSection::check_unfinished_line() {
  if (awaits_request_line()) {
    const std::string_view line = text();
    if (line.size() > limits_.target_bytes_max + kRequestLineExtraBytes) {
      refusal_ = http::Refusal::kUriTooLong;
    } else if (!line.empty() && line.front() != '\r' && !is_token(line.substr(0, 1))) {
      refusal_ = http::Refusal::kMalformed;  // TLS, most likely: it would wait for our hello
    }
  } else if (text_.size() - fields_begin_ > limits_.header_bytes_max + kLineEndBytes) {
    refusal_ = http::Refusal::kHeaderTooLarge;
  }
  // Empty lines before the request leave less room than the fields are allowed.
  if (!refusal_ && text_.size() > bytes_max()) refusal_ = http::Refusal::kHeaderTooLarge;
}

}  // namespace vigie::net
