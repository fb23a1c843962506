#include <gtest/gtest.h>

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "tests/http/api_under_test.hpp"

namespace vigie::http {
namespace {

using Caller = std::pair<std::string, std::string>;

const std::string kChange =
    R"({"current_password":"correct horse battery","new_password":"four other words than these"})";
const std::string kPassword = R"({"password":"correct horse battery"})";

/// The last account that sign_in() has made.
domain::Account last_account(ApiUnderTest& api) { return api.observer.accounts().back(); }

std::string credentials(const domain::Account& account, const std::string& password) {
  return R"({"email":")" + account.email + R"(","password":")" + password + "\"}";
}

TEST(AccountLifeRoutes, ChangeThePassword) {
  ApiUnderTest api;
  const Caller caller = api.sign_in(domain::Role::kUser);
  const domain::Account account = last_account(api);
  const Reply wrong =
      api.post("/api/v1/accounts/me/password",
               R"({"current_password":"x","new_password":"four other words"})", {caller});
  EXPECT_EQ(wrong.status, 403);
  EXPECT_EQ(wrong.at("/code"), "forbidden");
  EXPECT_EQ(api.post("/api/v1/accounts/me/password", kChange, {caller}).status, 204);
  EXPECT_EQ(api.post("/api/v1/auth/login", credentials(account, "correct horse battery")).status,
            401);
  EXPECT_EQ(
      api.post("/api/v1/auth/login", credentials(account, "four other words than these")).status,
      200);
}

TEST(AccountLifeRoutes, SayWhatIsWrongWithTheNewPassword) {
  ApiUnderTest api;
  const Caller caller = api.sign_in(domain::Role::kUser);
  const Reply refused =
      api.post("/api/v1/accounts/me/password",
               R"({"current_password":"correct horse battery","new_password":"short"})", {caller});
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(refused.at("/errors/0/pointer"), "/new_password");
  EXPECT_EQ(api.post("/api/v1/accounts/me/password", "{}", {caller}).at("/errors"), "2 items");
}

TEST(AccountLifeRoutes, DeleteTheAccount) {
  ApiUnderTest api;
  const Caller caller = api.sign_in(domain::Role::kUser);
  EXPECT_EQ(api.post("/api/v1/accounts/me/delete", R"({"password":"x"})", {caller}).status, 403);
  EXPECT_EQ(api.post("/api/v1/accounts/me/delete", kPassword, {caller}).status, 204);
  EXPECT_EQ(api.get("/api/v1/accounts/me", {caller}).status, 401);
}

TEST(AccountLifeRoutes, LimitWhoTriesPasswordsWithAToken) {
  ApiUnderTest api({.sign_ins_per_minute = 3});
  const Caller caller = api.sign_in(domain::Role::kUser);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(api.post("/api/v1/accounts/me/delete", R"({"password":"x"})", {caller}).status, 403);
  }
  const Reply refused = api.post("/api/v1/accounts/me/password", kChange, {caller});
  EXPECT_EQ(refused.status, 429);
  EXPECT_NE(refused.header("Retry-After"), "");
}

TEST(AccountLifeRoutes, ResetThePassword) {
  ApiUnderTest api;
  (void)api.sign_in(domain::Role::kUser);
  const domain::Account account = last_account(api);
  const Reply known =
      api.post("/api/v1/auth/password-resets", R"({"email":")" + account.email + "\"}");
  const Reply unknown =
      api.post("/api/v1/auth/password-resets", R"({"email":"nobody@example.org"})");
  EXPECT_EQ(known.status, 202);
  EXPECT_EQ(unknown.status, 202);
  EXPECT_EQ(known.body, unknown.body);
  ASSERT_EQ(api.reset_courier.sent().size(), 1U);
  const std::string complete = R"({"token":")" + api.reset_courier.sent()[0].token +
                               R"(","new_password":"four other words than these"})";
  EXPECT_EQ(api.post("/api/v1/auth/password-resets/complete", complete).status, 204);
  const Reply again = api.post("/api/v1/auth/password-resets/complete", complete);
  EXPECT_EQ(again.status, 422);
  EXPECT_EQ(again.at("/errors/0/pointer"), "/token");
}

TEST(AccountLifeRoutes, RefuseResetsWithoutAWayToSendThem) {
  ApiUnderTest api;
  api.reset_courier.be_unable();
  const Reply refused =
      api.post("/api/v1/auth/password-resets", R"({"email":"nobody@example.org"})");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.at("/code"), "reset_not_offered");
}

struct Row {
  std::string_view caller;
  int own_password, own_sessions, own_delete;  // of the account that calls
  int of_another;                              // disable, enable, end-sessions
  int of_itself;                               // the same on the own account
};
constexpr auto kRows = std::to_array<Row>({
    // clang-format off
    {"anonymous",     401, 401, 401, 401, 401},
    {"user",          204, 204, 204, 403, 403},
    {"organiser",     204, 204, 204, 403, 403},
    {"administrator", 204, 204, 204, 204, 403},
    {"disabled",      401, 204, 401, 403, 403},
    {"erased",        401, 401, 401, 403, 403},
    // clang-format on
});

/// One call of a world of its own: what a call changes, the next one would meet.
struct Attempt {
  std::string_view caller;
  std::string method;
  std::string path;
  std::string body;
  bool is_of_another = false;

  int status() const {
    ApiUnderTest api;
    (void)api.sign_in(domain::Role::kUser);
    const std::string another = last_account(api).id.to_string();
    Headers headers{api.sign_in(role())};
    const domain::AccountId own = last_account(api).id;
    if (caller == "anonymous") headers.clear();
    // The token is still taken: that its session has ended is not known yet.
    if (caller == "disabled") (void)api.account_store.disable({}, own, api.clock.now());
    if (caller == "erased") (void)api.account_store.erase({}, own, api.clock.now());
    std::string target = path;
    if (const auto at = target.find("{id}"); at != std::string::npos) {
      target.replace(at, 4, is_of_another ? another : own.to_string());
    }
    if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
    return api.send({.method = method, .target = target, .headers = headers, .body = body}).status;
  }

 private:
  domain::Role role() const {
    if (caller == "administrator") return domain::Role::kAdministrator;
    return caller == "organiser" ? domain::Role::kOrganiser : domain::Role::kUser;
  }
};

TEST(AccountLifeRoutes, AreForWhomTheTableSays) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.caller);
    const auto own = [&row](std::string method, std::string path, std::string body) {
      return Attempt{row.caller, std::move(method), std::move(path), std::move(body)}.status();
    };
    EXPECT_EQ(own("POST", "/api/v1/accounts/me/password", kChange), row.own_password);
    EXPECT_EQ(own("DELETE", "/api/v1/accounts/me/sessions", ""), row.own_sessions);
    EXPECT_EQ(own("POST", "/api/v1/accounts/me/delete", kPassword), row.own_delete);
    for (const auto* const verb : {"disable", "enable", "end-sessions"}) {
      const std::string path = std::string("/api/v1/accounts/{id}/") + verb;
      EXPECT_EQ((Attempt{row.caller, "POST", path, "", true}.status()), row.of_another) << verb;
      EXPECT_EQ((Attempt{row.caller, "POST", path, "", false}.status()), row.of_itself) << verb;
    }
  }
}

TEST(AccountLifeRoutes, FindNoAccountThatThereIsNot) {
  ApiUnderTest api;
  const Caller administrator = api.sign_in(domain::Role::kAdministrator);
  for (const auto* const id : {"x", "me", "0190a6e8-7f00-7c3a-9a3b-1d2f3a4b5c6d"}) {
    for (const auto* const verb : {"disable", "enable", "end-sessions"}) {
      const Reply reply =
          api.post(std::string("/api/v1/accounts/") + id + "/" + verb, "", {administrator});
      EXPECT_EQ(reply.status, 404) << id;
      EXPECT_EQ(reply.at("/code"), "not_found");
    }
  }
}

}  // namespace
}  // namespace vigie::http
