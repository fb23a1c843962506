#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "server/auth/ed25519_key.hpp"
#include "server/domain/result.hpp"

namespace vigie::auth {

struct TokenKey {
  std::string kid;
  Ed25519Key key;
  /// The protected header of every token signed with the key, in base64url. Issuer and verifier
  /// agree on it to the byte, so that the algorithm follows from the key and never from the token.
  std::string header;
};

/// The keys of one moment. Immutable, hence thread-safe.
class KeySet {
 public:
  /// Reads every `<kid>.pem` of the directory, at most kKeysMax. Fails, with a detail that names
  /// the file, when one is not usable or there is none.
  static domain::Result<KeySet> read(const std::filesystem::path& dir, std::uint64_t generation);

  /// The last one by name.
  const TokenKey& signing_key() const noexcept { return keys_.back(); }
  /// Null when no key makes tokens with that header.
  const TokenKey* find_by_header(std::string_view header) const noexcept;
  /// The public keys as a JWK set (RFC 7517, RFC 8037).
  const std::string& jwks() const noexcept { return jwks_; }
  std::uint64_t generation() const noexcept { return generation_; }

  static constexpr std::size_t kKeysMax = 16;

 private:
  KeySet(std::vector<TokenKey> keys, std::uint64_t generation);

  std::vector<TokenKey> keys_;  // by name; not empty
  std::string jwks_;
  std::uint64_t generation_;
};

/// The files that `KeySet::read` reads, by name. Throws std::filesystem::filesystem_error.
std::vector<std::filesystem::path> key_files(const std::filesystem::path& dir);

}  // namespace vigie::auth
