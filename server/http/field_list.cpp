#include "server/http/field_list.hpp"

#include "server/http/ascii.hpp"

namespace vigie::http {
namespace {

/// Where the quoted string that begins at `begin` has ended; the end of the text when it does not.
std::size_t end_of_quoted(std::string_view text, std::size_t begin) noexcept {
  for (std::size_t at = begin + 1; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return text.size();
}

}  // namespace

std::string combined(const RequestHeaders& headers, std::string_view name) {
  std::string list;
  for (const HeaderView& field : headers.fields()) {
    if (!equals_ignoring_case(field.name, name)) continue;
    if (!list.empty()) list += ", ";
    list += field.value;
  }
  return list;
}

std::string_view next_element(std::string_view& rest, char separator) noexcept {
  std::size_t end = 0;
  while (end < rest.size() && rest[end] != separator) {
    end = rest[end] == '"' ? end_of_quoted(rest, end) : end + 1;
  }
  const std::string_view element = rest.substr(0, end);
  rest.remove_prefix(end == rest.size() ? end : end + 1);
  return trimmed(element);
}

}  // namespace vigie::http
