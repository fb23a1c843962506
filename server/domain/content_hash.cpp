#include "server/domain/content_hash.hpp"

#include "server/platform/core/hex.hpp"

namespace vigie::domain {

std::optional<ContentHash> ContentHash::parse(std::string_view text) {
  ContentHash hash;
  if (!core::read_hex(text, hash.bytes)) return std::nullopt;
  return hash;
}

std::string ContentHash::to_string() const { return core::to_hex(bytes); }

}  // namespace vigie::domain
