#pragma once

#include <atomic>
#include <charconv>
#include <cstdint>
#include <functional>
#include <sstream>
#include <string>
#include <utility>

#include "server/domain/secrets.hpp"
#include "tests/fakes/fault_switch.hpp"

namespace vigie::fakes {

/// 32 bytes that depend on every byte of `text`: FNV-1a with four seeds. No secret is kept by it.
inline core::Digest fake_digest(std::string_view text) {
  core::Digest digest{};
  for (std::size_t part = 0; part < 4; ++part) {
    std::uint64_t hash = 14695981039346656037ULL + part;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    for (std::size_t i = 0; i < 8; ++i) {
      digest[part * 8 + i] = static_cast<std::uint8_t>(hash >> (8 * i));
    }
  }
  return digest;
}

/// "Hashes" by a prefix with its cost, at once. Counts verifications, so that a test sees that work
/// was done for an unknown account too. Thread-safe.
class FakePasswordHasher : public domain::PasswordHasher, public FaultSwitch {
 public:
  domain::Result<std::string> hash(const domain::Context& context,
                                   std::string_view password) override {
    if (auto error = fault(context)) return *error;
    if (before_hashing_) before_hashing_();
    if (is_full_) return domain::Error{.code = domain::Code::kOverloaded};
    return prefix() + std::string(password);
  }
  domain::Result<bool> verify(const domain::Context& context, std::string_view password,
                              std::string_view hash) override {
    if (auto error = fault(context)) return *error;
    ++verified_;
    if (after_verifying_) after_verifying_();
    return !hash.empty() && hash.substr(hash.find('$', sizeof "fake$" - 1) + 1) == password;
  }
  bool is_outdated(std::string_view hash) const override { return !hash.starts_with(prefix()); }
  int verified() const { return verified_.load(); }
  /// For tests: what is hashed from now on is of this cost.
  void set_cost(int cost) { cost_ = cost; }
  /// For tests: called whenever something is to be hashed. Set before the hasher is shared.
  void before_hashing(std::function<void()> call) { before_hashing_ = std::move(call); }
  /// For tests: called whenever something was verified. Set before the hasher is shared.
  void after_verifying(std::function<void()> call) { after_verifying_ = std::move(call); }
  /// For tests: hashing is refused from now on, verifying is not.
  void refuse_hashing() { is_full_ = true; }

 private:
  std::string prefix() const { return "fake$" + std::to_string(cost_.load()) + "$"; }

  std::function<void()> before_hashing_;
  std::function<void()> after_verifying_;
  std::atomic<int> cost_{1};
  std::atomic<bool> is_full_{false};
  std::atomic<int> verified_{0};
};

/// Tokens that anyone can read: "access.<account id>.<role>.<expiry in µs>.<session id>".
/// Thread-safe.
class FakeTokens : public domain::TokenIssuer, public domain::TokenVerifier {
 public:
  std::string access_token(const domain::Account& account, domain::SessionId session,
                           domain::Timestamp now, std::chrono::seconds lifetime) override {
    const auto expiry = (now + lifetime).time_since_epoch().count();
    return "access." + account.id.to_string() + "." + std::string(domain::name_of(account.role)) +
           "." + std::to_string(expiry) + "." + session.to_string();
  }
  std::string refresh_token() override { return "refresh-" + std::to_string(++refresh_count_); }
  domain::TokenHash hash(std::string_view refresh_token) override {
    return {fake_digest(refresh_token)};
  }

  domain::Result<domain::Principal> verify(std::string_view access_token,
                                           domain::Timestamp now) override {
    std::istringstream parts{std::string(access_token)};
    std::string kind, id, role, expiry, session;
    std::getline(parts, kind, '.');
    std::getline(parts, id, '.');
    std::getline(parts, role, '.');
    std::getline(parts, expiry, '.');
    std::getline(parts, session, '.');
    const auto account_id = domain::AccountId::parse(id);
    const auto parsed_role = domain::parse_role(role);
    if (kind != "access" || !account_id || !parsed_role) return invalid();
    std::int64_t expires_at = 0;
    std::from_chars(expiry.data(), expiry.data() + expiry.size(), expires_at);
    if (expires_at <= now.time_since_epoch().count()) return invalid();
    return domain::Principal{account_id, *parsed_role, domain::SessionId::parse(session)};
  }
  std::optional<domain::Principal> known(std::string_view access_token,
                                         domain::Timestamp now) override {
    auto verified = verify(access_token, now);
    if (!verified) return std::nullopt;
    return *verified;
  }
  std::string jwks() const override { return R"({"keys":[]})"; }

 private:
  static domain::Error invalid() {
    return {.code = domain::Code::kInvalidToken, .message = "The access token is not valid."};
  }

  std::atomic<int> refresh_count_{0};
};

/// "token-1", "token-2", … Thread-safe.
class FakeOpaqueTokens : public domain::OpaqueTokens {
 public:
  std::string next() override { return "token-" + std::to_string(++count_); }
  domain::TokenHash hash(std::string_view token) override { return {fake_digest(token)}; }

 private:
  std::atomic<int> count_{0};
};

/// Deterministic, without a secret. Thread-safe.
class FakeMessageAuthenticator : public domain::MessageAuthenticator {
 public:
  core::Digest mac(std::string_view purpose, std::string_view message) override {
    return fake_digest(std::string(purpose) + '\0' + std::string(message));
  }
};

}  // namespace vigie::fakes
