#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>

#include "server/auth/claims.hpp"
#include "server/auth/jwt_verifier.hpp"
#include "server/platform/core/base64.hpp"
#include "tests/fakes/temporary_directory.hpp"

// What strangers send as an access token, and what they would send if they could sign.

namespace {

using namespace vigie;

constexpr domain::Timestamp kNow{std::chrono::seconds{1'893'456'000}};

std::unique_ptr<auth::KeyRing> ring_with_one_key() {
  const fakes::TemporaryDirectory dir;
  auth::generate_key(dir.path(), kNow);
  auto ring = auth::KeyRing::open(dir.path());
  if (!ring) throw std::runtime_error(ring.error().detail);
  return *std::move(ring);
}

void require(bool is_so) {
  if (!is_so) std::abort();
}

void decode_only_one_spelling(std::string_view text) {
  const auto bytes = core::base64url_decoded(text);
  require(!bytes || core::base64url(*bytes) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto ring = ring_with_one_key();
  static auth::JwtVerifier verifier(*ring, {});
  const std::string input(reinterpret_cast<const char*>(data), size);
  const auth::TokenKey& key = ring->keys()->signing_key();

  decode_only_one_spelling(input);
  require(!verifier.verify(input, kNow));
  require(!verifier.verify(key.header + "." + input, kNow));

  // Signed by us: accepted only with claims that are all there.
  const std::string signed_part = key.header + "." + core::base64url(input);
  const std::string token = signed_part + "." + core::base64url(key.key.sign(signed_part));
  const auto principal = verifier.verify(token, kNow);
  const auto claims = auth::parse_claims(input);
  require(!principal || (claims && principal->account_id == claims->subject));
  require(!principal || principal->session_id == claims->session);
  // What was taken is written so that it is taken for the same, once.
  if (claims) {
    const auto again = auth::parse_claims(auth::claims_json(*claims));
    require(again && again->subject == claims->subject && again->session == claims->session &&
            again->expires_at == claims->expires_at);
    const std::string twice = input.substr(0, input.find_last_of('}')) + ",\"exp\":1}";
    require(!auth::parse_claims(twice));
  }
  require(!principal || verifier.verify(token, kNow));
  return 0;
}
