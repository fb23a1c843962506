#include "server/http/content_digest.hpp"

#include <algorithm>

#include "server/http/ascii.hpp"
#include "server/http/field_list.hpp"
#include "server/platform/core/base64.hpp"

namespace vigie::http {
namespace {

constexpr std::string_view kSha256 = "sha-256";
constexpr std::size_t kHashBytes = 32;

std::optional<domain::ContentHash> hash_of_base64(std::string_view text) {
  const auto bytes = core::base64_decoded(text);
  if (!bytes || bytes->size() != kHashBytes) return std::nullopt;
  domain::ContentHash hash;
  std::copy(bytes->begin(), bytes->end(), hash.bytes.begin());
  return hash;
}

/// The value of a member: a byte sequence, and perhaps parameters, which have no say.
std::optional<domain::ContentHash> hash_of_member(std::string_view value) {
  value = next_element(value, ';');
  const bool is_binary = value.size() > 2 && value.front() == ':' && value.back() == ':';
  if (!is_binary) return std::nullopt;
  return hash_of_base64(value.substr(1, value.size() - 2));
}

domain::Error malformed() {
  return {.code = domain::Code::kValidationFailed,
          .message = "Content-Digest must be sha-256=: and 32 bytes in base64, then a colon."};
}

}  // namespace

domain::Result<std::optional<domain::ContentHash>> content_digest(const Request& request) {
  std::optional<domain::ContentHash> found;
  const std::string members = combined(request.headers, "Content-Digest");
  for (std::string_view rest = members; !rest.empty();) {
    std::string_view value = next_element(rest, ',');
    const std::string_view name = next_part(value, '=');
    // Keys are in lower case; who writes this one otherwise means it all the same.
    if (!equals_ignoring_case(trimmed(name), kSha256)) continue;
    found = name == kSha256 ? hash_of_member(value) : std::nullopt;
    if (!found) return malformed();
  }
  return found;
}

std::string digest_field(const domain::ContentHash& hash) {
  return std::string(kSha256) + "=:" + core::base64(hash.bytes) + ":";
}

}  // namespace vigie::http
