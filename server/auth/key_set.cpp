#include "server/auth/key_set.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <utility>

#include "server/platform/core/base64.hpp"
#include "telemetry/json_writer.hpp"

namespace vigie::auth {
namespace {

constexpr std::size_t kKeyFileBytesMax = 4096;
constexpr std::size_t kKidBytesMax = 64;

domain::Error fault(const std::filesystem::path& file, std::string_view reason) {
  return {.code = domain::Code::kInternal,
          .detail = "token key " + file.string() + ": " + std::string(reason)};
}

bool is_kid(std::string_view text) {
  return !text.empty() && text.size() <= kKidBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-';
         });
}

/// Nothing when the file cannot be read or is too large for a key.
std::optional<std::string> content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string content(kKeyFileBytesMax + 1, '\0');
  in.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (in.bad() || in.gcount() == 0) return std::nullopt;
  content.resize(static_cast<std::size_t>(in.gcount()));
  if (content.size() > kKeyFileBytesMax) return std::nullopt;
  return content;
}

domain::Result<TokenKey> read_key(const std::filesystem::path& file) {
  std::string kid = file.stem().string();
  if (!is_kid(kid)) return fault(file, "the name must be 1 to 64 of [A-Za-z0-9._-]");
  const auto pem = content_of(file);
  if (!pem) return fault(file, "cannot be read, is empty or too large");
  auto key = Ed25519Key::from_pem(*pem);
  if (!key) return fault(file, key.error().detail);
  telemetry::JsonWriter header;
  header.begin_object().member("alg", "EdDSA").member("kid", kid).member("typ", "at+jwt");
  return TokenKey{std::move(kid), *std::move(key), core::base64url(header.end_object().take())};
}

std::string jwks_of(const std::vector<TokenKey>& keys) {
  telemetry::JsonWriter json;
  json.begin_object().key("keys").begin_array();
  for (const TokenKey& key : keys) {
    json.begin_object()
        .member("alg", "EdDSA")
        .member("crv", "Ed25519")
        .member("kid", key.kid)
        .member("kty", "OKP")
        .member("use", "sig")
        .member("x", core::base64url(key.key.public_bytes()))
        .end_object();
  }
  return json.end_array().end_object().take();
}

}  // namespace

KeySet::KeySet(std::vector<TokenKey> keys, std::uint64_t generation)
    : keys_(std::move(keys)), jwks_(jwks_of(keys_)), generation_(generation) {}

domain::Result<KeySet> KeySet::read(const std::filesystem::path& dir, std::uint64_t generation) {
  const auto files = key_files(dir);
  if (files.empty()) return fault(dir, "the directory has no .pem file");
  if (files.size() > kKeysMax) return fault(dir, "the directory has more than 16 .pem files");
  std::vector<TokenKey> keys;
  for (const auto& file : files) {
    auto key = read_key(file);
    if (!key) return std::move(key).error();
    keys.push_back(*std::move(key));
  }
  return KeySet{std::move(keys), generation};
}

const TokenKey* KeySet::find_by_header(std::string_view header) const noexcept {
  const auto found = std::find_if(keys_.begin(), keys_.end(),
                                  [&](const TokenKey& key) { return key.header == header; });
  return found == keys_.end() ? nullptr : &*found;
}

std::vector<std::filesystem::path> key_files(const std::filesystem::path& dir) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(dir)) {
    const auto& path = entry.path();
    // Hidden files are what editors and mounted secrets leave about.
    if (path.extension() == ".pem" && path.filename().string().front() != '.') {
      files.push_back(path);
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace vigie::auth
