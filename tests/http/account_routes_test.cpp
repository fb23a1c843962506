#include <gtest/gtest.h>

#include "tests/http/api_under_test.hpp"

namespace vigie::http {
namespace {

const std::string kAda =
    R"({"email":"Ada@Example.org","display_name":"Ada","password":"correct horse 1"})";
const std::string kCredentials = R"({"email":"ada@example.org","password":"correct horse 1"})";

TEST(AccountRoutes, RegisterAnswersTheAccountWithoutItsSecret) {
  ApiUnderTest api;
  const Reply reply = api.post("/api/v1/accounts", kAda);
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(reply.header("Location"), "/api/v1/accounts/me");
  EXPECT_EQ(reply.header("Cache-Control"), "no-store");
  EXPECT_EQ(reply.at("/email"), "ada@example.org");
  EXPECT_EQ(reply.at("/role"), "user");
  EXPECT_EQ(reply.at("/created_at"), "2030-01-01T00:00:00Z");
  EXPECT_EQ(reply.body.find("correct horse"), std::string::npos);
}

TEST(AccountRoutes, RegisterRefusesATakenAddress) {
  ApiUnderTest api;
  (void)api.post("/api/v1/accounts", kAda);
  const Reply reply = api.post("/api/v1/accounts", kAda);
  EXPECT_EQ(reply.status, 409);
  EXPECT_EQ(reply.at("/code"), "email_taken");
}

TEST(AccountRoutes, RegisterSaysAllThatIsWrongAtOnce) {
  ApiUnderTest api;
  const Reply reply =
      api.post("/api/v1/accounts", R"({"email":"x","password":7,"role":"administrator"})");
  EXPECT_EQ(reply.status, 422);
  EXPECT_EQ(reply.at("/errors"), "4 items") << reply.body;
}

TEST(AccountRoutes, MeIsTheCaller) {
  ApiUnderTest api;
  const Reply reply = api.get("/api/v1/accounts/me", {api.sign_in(domain::Role::kOrganiser)});
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.at("/role"), "organiser");
}

TEST(SessionRoutes, LogInRefreshLogOut) {
  ApiUnderTest api;
  (void)api.post("/api/v1/accounts", kAda);
  const Reply in = api.post("/api/v1/auth/login", kCredentials);
  ASSERT_EQ(in.status, 200);
  EXPECT_EQ(in.header("Cache-Control"), "no-store");
  EXPECT_EQ(in.at("/token_type"), "Bearer");
  EXPECT_EQ(in.at("/expires_in"), "900");
  EXPECT_EQ(in.at("/refresh_expires_in"), "2592000");
  const Headers bearer = {{"Authorization", "bearer " + in.at("/access_token")}};
  EXPECT_EQ(api.get("/api/v1/accounts/me", bearer).status, 200);

  const std::string first = R"({"refresh_token":")" + in.at("/refresh_token") + "\"}";
  const Reply next = api.post("/api/v1/auth/refresh", first);
  EXPECT_EQ(next.status, 200);
  const std::string second = R"({"refresh_token":")" + next.at("/refresh_token") + "\"}";
  EXPECT_EQ(api.post("/api/v1/auth/logout", second).status, 204);
  EXPECT_EQ(api.post("/api/v1/auth/refresh", second).at("/code"), "invalid_token");
}

TEST(SessionRoutes, TellAReusedRefreshTokenApart) {
  ApiUnderTest api;
  (void)api.post("/api/v1/accounts", kAda);
  const Reply in = api.post("/api/v1/auth/login", kCredentials);
  const std::string token = R"({"refresh_token":")" + in.at("/refresh_token") + "\"}";
  (void)api.post("/api/v1/auth/refresh", token);
  EXPECT_EQ(api.post("/api/v1/auth/refresh", token).status, 200);  // its answer may be lost
  api.clock.advance(std::chrono::seconds(10));
  const Reply reused = api.post("/api/v1/auth/refresh", token);
  EXPECT_EQ(reused.status, 401);
  EXPECT_EQ(reused.at("/code"), "refresh_token_reused");
  EXPECT_NE(reused.header("WWW-Authenticate"), "");
}

TEST(SessionRoutes, AnswerUnknownAccountAndWrongPasswordAlike) {
  ApiUnderTest api;
  (void)api.post("/api/v1/accounts", kAda);
  const Reply wrong =
      api.post("/api/v1/auth/login", R"({"email":"ada@example.org","password":"x"})");
  const Reply unknown =
      api.post("/api/v1/auth/login", R"({"email":"b@example.org","password":"x"})");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(wrong.at("/code"), "invalid_credentials");
  EXPECT_EQ(unknown.at("/detail"), wrong.at("/detail"));
  EXPECT_EQ(api.hasher.verified(), 2);
}

TEST(SessionRoutes, IgnoreAnExpiredTokenWhereOneSignsIn) {
  ApiUnderTest api;
  (void)api.post("/api/v1/accounts", kAda);
  EXPECT_EQ(api.post("/api/v1/auth/login", kCredentials, {{"Authorization", "Bearer old"}}).status,
            200);
}

TEST(SessionRoutes, AreTooBusyWithPasswords) {
  ApiUnderTest api;
  (void)api.post("/api/v1/accounts", kAda);
  api.hasher.fail_with({domain::Code::kOverloaded, "Too many sign-ins at once.", ""});
  const Reply reply = api.post("/api/v1/auth/login", kCredentials);
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.at("/code"), "overloaded");
  EXPECT_EQ(reply.header("Retry-After"), "1");
}

TEST(SessionRoutes, PublishTheKeys) {
  ApiUnderTest api;
  const Reply keys = api.get("/.well-known/jwks.json");
  EXPECT_EQ(keys.status, 200);
  EXPECT_EQ(keys.header("Content-Type"), "application/jwk-set+json");
  EXPECT_EQ(keys.header("Cache-Control"), "public, max-age=300");
  EXPECT_EQ(api.get("/.well-known/jwks.json", {{"If-None-Match", keys.header("ETag")}}).status,
            304);
}

}  // namespace
}  // namespace vigie::http
