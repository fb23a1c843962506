#include "server/blob/shared_key.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <ctime>

#include "server/crypto/hmac.hpp"
#include "server/platform/core/base64.hpp"
#include "server/platform/core/percent.hpp"

namespace vigie::blob {
namespace {

std::string_view value_of(const SignedRequest::Pairs& headers, std::string_view name) {
  const auto found = std::ranges::find(headers, name, &SignedRequest::Pairs::value_type::first);
  return found == headers.end() ? std::string_view() : found->second;
}

std::tm utc(domain::Timestamp time) {
  const std::time_t seconds =
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return parts;
}

}  // namespace

std::string SharedKey::string_to_sign(const SignedRequest& request) const {
  std::string text(request.method);
  const auto add = [&text](std::string_view value) { text.append("\n").append(value); };
  add(value_of(request.headers, "content-encoding"));
  add(value_of(request.headers, "content-language"));
  add(request.content_length == 0 ? "" : std::to_string(request.content_length));
  for (const std::string_view name :
       {"content-md5", "content-type", "date", "if-modified-since", "if-match", "if-none-match",
        "if-unmodified-since", "range"}) {
    add(value_of(request.headers, name));
  }
  const auto add_pair = [&text](std::string_view name, std::string_view value) {
    text.append("\n").append(name).append(":").append(value);
  };
  SignedRequest::Pairs sorted = request.headers;
  std::ranges::sort(sorted);
  for (const auto& [name, value] : sorted) {
    if (name.starts_with("x-ms-")) add_pair(name, value);
  }
  add("/" + account_ + std::string(request.path));
  sorted = request.query;
  std::ranges::sort(sorted);
  for (const auto& [name, value] : sorted) add_pair(name, value);
  return text;
}

std::string SharedKey::signature(std::string_view text) const {
  const crypto::Hmac hmac({reinterpret_cast<const std::uint8_t*>(key_.data()), key_.size()});
  const core::Digest digest = hmac(text);
  return core::base64(digest);
}

std::string SharedKey::authorization(const SignedRequest& request) const {
  return "SharedKey " + account_ + ":" + signature(string_to_sign(request));
}

std::string SharedKey::read_query(std::string_view name, domain::Timestamp expires_at,
                                  std::string_view protocol) const {
  const std::tm parts = utc(expires_at);
  std::array<char, 32> expiry{};
  std::strftime(expiry.data(), expiry.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  constexpr std::string_view kRead = "r";
  constexpr std::string_view kBlob = "b";
  std::string text(kRead);
  const auto add = [&text](std::string_view value) { text.append("\n").append(value); };
  add("");  // from now on
  add(expiry.data());
  add("/blob/" + account_ + "/" + std::string(name));
  add("");  // no stored policy
  add("");  // any address
  add(protocol);
  add(kVersion);
  add(kBlob);
  for (int i = 0; i < 7; ++i) add("");  // snapshot, encryption scope, headers of the answer
  return "sv=" + std::string(kVersion) + "&sr=b&sp=r&se=" + core::percent_encoded(expiry.data()) +
         "&spr=" + core::percent_encoded(protocol) +
         "&sig=" + core::percent_encoded(signature(text));
}

}  // namespace vigie::blob
