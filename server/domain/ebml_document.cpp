#include "server/domain/ebml_document.hpp"

#include <bit>
#include <cstdint>
#include <optional>

#include "server/domain/big_endian.hpp"

namespace vigie::domain {
namespace {

constexpr std::uint64_t kHeaderId = 0x1a45dfa3;
constexpr std::uint64_t kDocTypeId = 0x4282;
constexpr int kIdBytesMax = 4;
constexpr int kSizeBytesMax = 8;

/// A number whose leading zero bits tell its length (RFC 8794, 4). Of an id the marker is part.
std::optional<std::uint64_t> take_number(std::string_view& rest, int bytes_max,
                                         bool has_marker) noexcept {
  if (rest.empty()) return std::nullopt;
  const int bytes = std::countl_zero(static_cast<unsigned char>(rest.front())) + 1;
  if (bytes > bytes_max || rest.size() < static_cast<std::size_t>(bytes)) return std::nullopt;
  std::uint64_t number = big_endian(rest.substr(0, static_cast<std::size_t>(bytes)));
  if (!has_marker) number &= (std::uint64_t{1} << 7 * bytes) - 1;
  rest.remove_prefix(static_cast<std::size_t>(bytes));
  return number;
}

struct Element {
  std::uint64_t id = 0;
  std::string_view body;  // as far as it is there
};

std::optional<Element> take_element(std::string_view& rest) noexcept {
  const auto id = take_number(rest, kIdBytesMax, true);
  if (!id) return std::nullopt;
  const auto size = take_number(rest, kSizeBytesMax, false);
  if (!size) return std::nullopt;
  Element element{.id = *id, .body = rest.substr(0, *size)};
  rest.remove_prefix(element.body.size());
  return element;
}

}  // namespace

std::string_view ebml_document_type(std::string_view head) noexcept {
  const auto header = take_element(head);
  if (!header || header->id != kHeaderId) return {};
  std::string_view rest = header->body;
  while (const auto element = take_element(rest)) {
    if (element->id != kDocTypeId) continue;
    // RFC 8794, 7.4: a string may end before its element does.
    const std::string_view name = element->body.substr(0, element->body.find('\0'));
    if (name == "webm") return "video/webm";
    return name == "matroska" ? "video/x-matroska" : std::string_view{};
  }
  return {};
}

}  // namespace vigie::domain
