#include "server/domain/job_payload.hpp"

#include <algorithm>
#include <cassert>

namespace vigie::domain {
namespace {

constexpr std::string_view kSpace = " \t\n\r";

void skip_space(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
}

[[maybe_unused]] bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= ' ' && c < 0x7f && c != '"' && c != '\\'; });
}

}  // namespace

std::optional<std::string_view> payload_text(std::string_view payload, std::string_view name) {
  const std::string quoted = '"' + std::string(name) + '"';
  for (std::size_t at = payload.find(quoted); at != std::string_view::npos;
       at = payload.find(quoted, at + 1)) {
    std::string_view rest = payload.substr(at + quoted.size());
    skip_space(rest);
    if (!rest.starts_with(':')) continue;  // a value of that text
    rest.remove_prefix(1);
    skip_space(rest);
    if (!rest.starts_with('"')) return std::nullopt;
    rest.remove_prefix(1);
    const std::size_t end = rest.find('"');
    if (end == std::string_view::npos) return std::nullopt;
    return rest.substr(0, end);
  }
  return std::nullopt;
}

PayloadWriter& PayloadWriter::text(std::string_view name, std::string_view value) {
  assert(is_plain(name) && is_plain(value));
  text_ += text_.empty() ? '{' : ',';
  text_ += '"';
  text_ += name;
  text_ += "\":\"";
  text_ += value;
  text_ += '"';
  return *this;
}

std::string PayloadWriter::take() {
  if (text_.empty()) text_ = '{';
  text_ += '}';
  return std::move(text_);
}

}  // namespace vigie::domain
