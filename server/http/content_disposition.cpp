#include "server/http/content_disposition.hpp"

#include <algorithm>

#include "server/platform/core/percent.hpp"

namespace vigie::http {
namespace {

/// Names that were taken before such characters were refused must not turn what is shown either:
/// U+202A–202E are E2 80 AA–AE, U+2066–2069 are E2 81 A6–A9.
std::string without_turns(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::string_view next = text.substr(at, 3);
    const bool turns = next.size() == 3 && ((next >= "\xe2\x80\xaa" && next <= "\xe2\x80\xae") ||
                                            (next >= "\xe2\x81\xa6" && next <= "\xe2\x81\xa9"));
    plain += turns ? '_' : text[at];
    if (turns) at += 2;
  }
  return plain;
}

/// Without separators of folders and of NTFS streams, and not a folder's own name.
std::string as_leaf(std::string_view file_name) {
  std::string leaf = without_turns(file_name);
  std::replace_if(
      leaf.begin(), leaf.end(), [](char c) { return c == '/' || c == '\\' || c == ':'; }, '_');
  if (leaf.empty() || leaf.front() == '.') leaf.insert(0, 1, '_');
  return leaf;
}

/// One '_' for each code point beyond ASCII, and for what a quoted string would have to escape.
std::string in_ascii(std::string_view leaf) {
  std::string ascii;
  for (const char c : leaf) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_continuation = byte >= 0x80 && byte < 0xc0;
    if (is_continuation) continue;
    const bool is_plain = byte >= 0x20 && byte < 0x7f && c != '"' && c != '%';
    ascii += is_plain ? c : '_';
  }
  return ascii;
}

}  // namespace

std::string content_disposition(bool is_inline, std::string_view file_name) {
  const std::string leaf = as_leaf(file_name);
  std::string value = is_inline ? "inline" : "attachment";
  value += "; filename=\"" + in_ascii(leaf) + "\"; filename*=UTF-8''" + core::percent_encoded(leaf);
  return value;
}

}  // namespace vigie::http
