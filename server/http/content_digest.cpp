#include "server/http/content_digest.hpp"

#include <algorithm>

#include "server/http/ascii.hpp"
#include "server/http/base64url.hpp"

namespace vigie::http {
namespace {

constexpr std::string_view kSha256 = "sha-256";
constexpr std::size_t kHashBytes = 32;

/// RFC 4648, section 4: the other alphabet, and one '=' after 32 bytes.
std::optional<domain::ContentHash> hash_of_base64(std::string_view text) {
  if (!text.ends_with('=')) return std::nullopt;
  text.remove_suffix(1);
  std::string url(text);
  for (char& c : url) {
    if (c == '-' || c == '_') return std::nullopt;
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  const auto bytes = base64url_decoded(url);
  if (!bytes || bytes->size() != kHashBytes) return std::nullopt;
  domain::ContentHash hash;
  std::copy(bytes->begin(), bytes->end(), hash.bytes.begin());
  return hash;
}

domain::Error malformed() {
  return {.code = domain::Code::kValidationFailed,
          .message = "Content-Digest must be sha-256=: and 32 bytes in base64, then a colon."};
}

}  // namespace

domain::Result<std::optional<domain::ContentHash>> content_digest(const Request& request) {
  std::optional<domain::ContentHash> found;
  for (const HeaderView& field : request.headers.fields()) {
    if (!equals_ignoring_case(field.name, "Content-Digest")) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      std::string_view value = trimmed(next_part(rest, ','));
      if (next_part(value, '=') != kSha256) continue;
      const bool is_binary = value.size() > 2 && value.front() == ':' && value.back() == ':';
      if (!is_binary || found) return malformed();
      found = hash_of_base64(value.substr(1, value.size() - 2));
      if (!found) return malformed();
    }
  }
  return found;
}

std::string digest_field(const domain::ContentHash& hash) {
  std::string text = base64url(hash.bytes);
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  return std::string(kSha256) + "=:" + text + "=:";
}

}  // namespace vigie::http
