#include "server/auth/jwt_verifier.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>

#include "server/auth/claims.hpp"
#include "server/auth/jwt_issuer.hpp"
#include "server/crypto/hmac.hpp"
#include "server/domain/rfc3339.hpp"
#include "server/platform/core/base64.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace vigie::auth {
namespace {

using domain::Principal;
using domain::Role;
using nlohmann::json;
using std::chrono::minutes;
using std::chrono::seconds;

class JwtTest : public testing::Test {
 protected:
  void SetUp() override {
    write_key("k1");
    ring_ = *KeyRing::open(dir_.path());
    issuer_.emplace(*ring_, TokenSettings{});
    verifier_.emplace(*ring_, TokenSettings{});
  }

  void write_key(const std::string& kid) {
    dir_.write(kid + ".pem", Ed25519Key::generate().to_pem());
  }
  std::string issued() { return issuer_->access_token(account_, session_, now_, minutes{15}); }
  /// A token of the ring's key over these parts as they are.
  std::string signed_over(std::string_view header, std::string_view claims) {
    const std::string input = core::base64url(header) + "." + core::base64url(claims);
    return input + "." + core::base64url(ring_->keys()->signing_key().key.sign(input));
  }
  std::string header() { return *core::base64url_decoded(ring_->keys()->signing_key().header); }
  std::string claims_with(const std::string& name, const json& value) {
    json claims = json::parse(claims_json({.issuer = "vigie",
                                           .audience = "vigie-api",
                                           .subject = account_.id,
                                           .role = Role::kUser,
                                           .issued_at = now_,
                                           .expires_at = now_ + minutes{15},
                                           .token_id = "1"}));
    claims[name] = value;
    return claims.dump();
  }
  /// "accepted", or the reason that goes to the log.
  std::string verdict(std::string_view token) {
    const auto principal = verifier_->verify(token, now_);
    if (principal) return "accepted";
    EXPECT_EQ(principal.error().code, domain::Code::kInvalidToken);
    EXPECT_EQ(principal.error().message, "The access token is not valid.");
    return principal.error().detail;
  }

  fakes::TemporaryDirectory dir_;
  std::unique_ptr<KeyRing> ring_;
  std::optional<JwtIssuer> issuer_;
  std::optional<JwtVerifier> verifier_;
  domain::Timestamp now_ = *domain::parse_rfc3339("2030-01-01T00:00:00Z");
  domain::Account account_{.id = *domain::AccountId::parse("019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5b"),
                           .role = Role::kOrganiser};
  domain::SessionId session_ = *domain::SessionId::parse("019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5c");
};

TEST_F(JwtTest, AcceptsWhatTheIssuerMade) {
  const std::string token = issued();
  EXPECT_LT(token.size(), JwtVerifier::kTokenBytesMax / 4);
  for (int again = 0; again < 2; ++again) {
    EXPECT_EQ(*verifier_->verify(token, now_),
              (Principal{account_.id, Role::kOrganiser, session_}));
  }
}

TEST_F(JwtTest, HasTheHeaderAndClaimsOfRfc9068) {
  const std::string token = issued();
  const std::size_t first = token.find('.');
  const std::size_t last = token.rfind('.');
  EXPECT_EQ(json::parse(*core::base64url_decoded(token.substr(0, first))),
            (json{{"alg", "EdDSA"}, {"kid", "k1"}, {"typ", "at+jwt"}}));
  auto claims = json::parse(*core::base64url_decoded(token.substr(first + 1, last - first - 1)));
  EXPECT_EQ(claims["jti"].get<std::string>().size(), 22U);
  claims.erase("jti");
  EXPECT_EQ(claims, (json{{"iss", "vigie"},
                          {"aud", "vigie-api"},
                          {"sub", account_.id.to_string()},
                          {"role", "organiser"},
                          {"sid", session_.to_string()},
                          {"iat", 1893456000},
                          {"exp", 1893456900}}));
  EXPECT_NE(issued(), token);
}

TEST_F(JwtTest, RefusesATokenThatWasTamperedWithAnywhere) {
  std::string token = issued();
  ASSERT_EQ(verdict(token), "accepted");  // so that the cache holds the good one
  for (std::size_t at = 0; at < token.size(); ++at) {
    const char original = token[at];
    token[at] = original == 'A' ? 'B' : 'A';
    EXPECT_NE(verdict(token), "accepted") << at;
    token[at] = original;
  }
  for (std::size_t length = 0; length < token.size(); ++length) {
    EXPECT_NE(verdict(token.substr(0, length)), "accepted") << length;
  }
  for (const auto* more : {"A", "=", ".", ".e30", " ", "\n"}) {
    EXPECT_NE(verdict(token + more), "accepted") << more;
  }
}

TEST_F(JwtTest, RefusesWhatIsNoToken) {
  for (const std::string text : {"", ".", "..", "...", "a.b.c", "Bearer", "\xff.\xff.\xff"}) {
    EXPECT_NE(verdict(text), "accepted") << text;
  }
  EXPECT_EQ(verdict(std::string(100'000, 'a')), "too long");
}

TEST_F(JwtTest, LetsNoTokenChooseItsAlgorithm) {
  const std::string claims = claims_with("jti", "1");
  const std::string none = core::base64url(R"({"alg":"none","kid":"k1","typ":"at+jwt"})");
  EXPECT_EQ(verdict(none + "." + core::base64url(claims) + "."),
            "the header is of none of the keys");

  // HS256 with the public key as its secret: the classic confusion.
  const std::string hs256 = core::base64url(R"({"alg":"HS256","kid":"k1","typ":"at+jwt"})");
  const std::string input = hs256 + "." + core::base64url(claims);
  const crypto::Hmac hmac{ring_->keys()->signing_key().key.public_bytes()};
  EXPECT_EQ(verdict(input + "." + core::base64url(hmac(input))),
            "the header is of none of the keys");
}

TEST_F(JwtTest, RefusesOtherHeadersEvenWhenSignedByOurKey) {
  const std::string claims = claims_with("jti", "1");
  EXPECT_EQ(verdict(signed_over(header(), claims)), "accepted");
  for (const std::string other :
       {R"({"alg":"EdDSA","typ":"at+jwt"})", R"({"alg":"EdDSA","kid":"k2","typ":"at+jwt"})",
        R"({"alg":"EdDSA","kid":"k1","typ":"JWT"})",
        R"({"alg":"EdDSA","kid":"k1","typ":"at+jwt","crit":["b64"],"b64":false})",
        R"({"alg":"EdDSA","kid":"../k1","typ":"at+jwt"})", "", "[]"}) {
    EXPECT_EQ(verdict(signed_over(other, claims)), "the header is of none of the keys") << other;
  }
}

TEST_F(JwtTest, RefusesClaimsThatAreNotOurs) {
  const auto with = [&](const std::string& name, const json& value) {
    return verdict(signed_over(header(), claims_with(name, value)));
  };
  EXPECT_EQ(with("iss", "other"), "another issuer");
  EXPECT_EQ(with("aud", "other"), "another audience");
  const std::string malformed = "a claim is missing or not of its type";
  EXPECT_EQ(with("aud", json::array({"vigie-api"})), malformed);
  EXPECT_EQ(with("sub", "1"), malformed);
  EXPECT_EQ(with("role", "root"), malformed);
  EXPECT_EQ(with("exp", nullptr), malformed);
  EXPECT_EQ(with("exp", "1893456900"), malformed);
  EXPECT_EQ(with("exp", 1893456900.5), malformed);
  EXPECT_EQ(with("exp", -1), malformed);
  EXPECT_EQ(with("exp", 1e300), malformed);
  EXPECT_EQ(with("exp", 253402300800), malformed);
  EXPECT_EQ(with("iat", true), malformed);
  EXPECT_EQ(verdict(signed_over(header(), "[]")), "the claims are not a JSON object");
  EXPECT_EQ(verdict(signed_over(header(), std::string(1000, '['))),
            "the claims are not a JSON object");
}

TEST_F(JwtTest, HoldsToTheTimesWithThirtySecondsOfSkew) {
  const std::string token = issued();
  const domain::Timestamp issued_at = now_;
  now_ = issued_at - seconds{31};
  EXPECT_EQ(verdict(token), "not yet valid");
  now_ = issued_at - seconds{30};
  EXPECT_EQ(verdict(token), "accepted");
  now_ = issued_at + minutes{15} + seconds{29};
  EXPECT_EQ(verdict(token), "accepted");
  now_ = issued_at + minutes{15} + seconds{30};
  EXPECT_EQ(verdict(token), "expired");
}

TEST_F(JwtTest, HoldsToNotBefore) {
  const auto begin = [this](seconds later) {
    return (now_ + later).time_since_epoch() / seconds{1};
  };
  EXPECT_EQ(verdict(signed_over(header(), claims_with("nbf", begin(seconds{30})))), "accepted");
  EXPECT_EQ(verdict(signed_over(header(), claims_with("nbf", begin(seconds{31})))),
            "not yet valid");
  for (const json& value : {json(1.5), json("1893456000"), json(-1), json(nullptr), json(true),
                            json(json::array({1893456000})), json(1e300)}) {
    EXPECT_EQ(verdict(signed_over(header(), claims_with("nbf", value))), "nbf is not of its type")
        << value;
  }
}

TEST_F(JwtTest, RefusesANameThatComesTwice) {
  const std::string claims = claims_with("other", json{{"a", 1}});
  ASSERT_EQ(verdict(signed_over(header(), claims)), "accepted");
  for (const std::string more :
       {R"("role":"administrator")", R"("exp":9999999999)", R"("sub":null)", R"("iss":"vigie")",
        R"("r\u006fle":"user")", R"("nested":{"a":1,"a":1})", R"("list":[{"b":1,"b":2}])"}) {
    const std::string twice = claims.substr(0, claims.size() - 1) + "," + more + "}";
    EXPECT_EQ(verdict(signed_over(header(), twice)), "a name comes twice in the claims") << more;
  }
  // The same name in different objects is no ambiguity.
  const std::string apart = claims.substr(0, claims.size() - 1) + R"(,"o":{"a":1},"p":{"a":1}})";
  EXPECT_EQ(verdict(signed_over(header(), apart)), "accepted");
}

TEST_F(JwtTest, RefusesClaimsOfOtherTypes) {
  for (const auto& [name, value] : {std::pair<std::string, json>{"iss", json::array({"vigie"})},
                                    {"aud", json::array({"vigie-api"})},
                                    {"aud", json::array({"vigie-api", "other"})},
                                    {"exp", 1893456900.0},
                                    {"exp", 1893456900.5},
                                    {"exp", "1893456900"},
                                    {"exp", 18446744073709551615ULL},
                                    {"exp", 253402300800ULL},
                                    {"iat", -1},
                                    {"iat", 1893456000.0},
                                    {"sub", 1},
                                    {"role", json::array({"user"})},
                                    {"jti", 1},
                                    {"sid", ""},
                                    {"sid", nullptr},
                                    {"sid", "019a1b2c-3d4e-7f60-8a9b"}}) {
    EXPECT_NE(verdict(signed_over(header(), claims_with(name, value))), "accepted")
        << name << " " << value;
  }
  // An extension that must be understood stands in the header, which is compared, not read.
  EXPECT_EQ(verdict(signed_over(R"({"alg":"EdDSA","crit":["b64"],"kid":"k1","typ":"at+jwt"})",
                                claims_with("jti", "1"))),
            "the header is of none of the keys");
}

TEST_F(JwtTest, RotatesKeysWithoutARestart) {
  const std::string old_token = issued();
  ASSERT_EQ(verdict(old_token), "accepted");
  write_key("k2");
  ASSERT_TRUE(*ring_->reload_if_changed());
  EXPECT_EQ(verdict(old_token), "accepted");
  const std::string new_token = issued();
  EXPECT_EQ(verdict(new_token), "accepted");

  std::filesystem::remove(dir_.path() / "k1.pem");
  ASSERT_TRUE(*ring_->reload_if_changed());
  EXPECT_EQ(verdict(old_token), "the header is of none of the keys");
  EXPECT_EQ(verdict(new_token), "accepted");
  EXPECT_EQ(verifier_->jwks().find("k1"), std::string::npos);
}

TEST_F(JwtTest, ACrowdedCacheMixesNobodyUp) {
  JwtVerifier crowded(*ring_, {}, /*cache_entries_max=*/1);
  std::vector<std::pair<std::string, Principal>> tokens;
  for (std::uint8_t i = 0; i < 64; ++i) {
    account_.id.uuid.bytes[15] = i;
    tokens.emplace_back(issued(), Principal{account_.id, Role::kOrganiser, session_});
  }
  for (int round = 0; round < 3; ++round) {
    for (const auto& [token, principal] : tokens) {
      EXPECT_EQ(*crowded.verify(token, now_), principal);
    }
  }
}

TEST_F(JwtTest, VerifiesOnManyThreadsWhileKeysChange) {
  const std::string token = issued();
  std::atomic<int> refused{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 300; ++n) refused += verifier_->verify(token, now_).ok() ? 0 : 1;
    });
  }
  for (int i = 2; i < 10; ++i) {
    write_key("k" + std::to_string(i));
    EXPECT_TRUE(ring_->reload_if_changed());
    EXPECT_TRUE(verifier_->verify(issued(), now_));
  }
  threads.clear();
  EXPECT_EQ(refused.load(), 0);
}

TEST_F(JwtTest, RefreshTokensAreRandomAndKeptAsSha256) {
  const std::string token = issuer_->refresh_token();
  EXPECT_EQ(token.size(), 43U);
  EXPECT_NE(token, issuer_->refresh_token());
  EXPECT_EQ(issuer_->hash(token).bytes, crypto::sha256(token));
}

}  // namespace
}  // namespace vigie::auth
