#include "server/http/console/html.hpp"

#include <cassert>
#include <cstddef>

#include "server/platform/core/percent.hpp"

namespace vigie::http::console {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// Bytes of the character at the front that must not be shown as it is; 0: it may. Controls but for
/// tab and line feed, marks that turn the direction (U+200E, U+200F, U+202A–202E, U+2066–2069).
std::size_t hidden_bytes(std::string_view text) noexcept {
  const auto byte = [text](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  if (byte(0) < 0x20) return byte(0) == '\t' || byte(0) == '\n' ? 0 : 1;
  if (byte(0) == 0x7f) return 1;
  if (byte(0) == 0xC2 && byte(1) < 0xA0) return 2;
  if (byte(0) != 0xE2) return 0;
  if (byte(1) == 0x80 && (byte(2) == 0x8E || byte(2) == 0x8F)) return 3;
  if (byte(1) == 0x80 && byte(2) >= 0xAA && byte(2) <= 0xAE) return 3;
  return byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9 ? 3 : 0;
}

std::string_view entity_of(char c) noexcept {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

}  // namespace

Html& Html::raw(std::string_view markup) {
  out_ += markup;
  return *this;
}

Html& Html::text(std::string_view text) {
  while (!text.empty()) {
    if (const std::size_t hidden = hidden_bytes(text); hidden > 0) {
      out_ += kReplacement;
      text.remove_prefix(hidden);
      continue;
    }
    const std::string_view entity = entity_of(text.front());
    out_ += entity.empty() ? text.substr(0, 1) : entity;
    text.remove_prefix(1);
  }
  return *this;
}

Html& Html::open(std::string_view name, Attributes attributes) {
  out_.append("<").append(name);
  for (const auto& [attribute, value] : attributes) {
    out_.append(" ").append(attribute).append("=\"");
    text(value).out_ += '"';
  }
  out_ += '>';
  return *this;
}

Html& Html::close(std::string_view name) {
  out_.append("</").append(name).append(">");
  return *this;
}

Html& Html::element(std::string_view name, std::string_view content, Attributes attributes) {
  return open(name, attributes).text(content).close(name);
}

Html& Html::link(std::string_view path, std::string_view content) {
  assert(path.starts_with('/') && !path.starts_with("//"));  // ours, with values encoded
  return element("a", content, {{"href", path}});
}

std::string query_value(std::string_view text) { return core::percent_encoded(text, "/"); }

}  // namespace vigie::http::console
