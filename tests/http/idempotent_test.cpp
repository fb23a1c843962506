#include "server/http/idempotent.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/http/api_under_test.hpp"

namespace vigie::http {
namespace {

using domain::Role;

class IdempotencyTest : public testing::Test {
 protected:
  ApiUnderTest api;
  std::pair<std::string, std::string> caller = api.sign_in(Role::kOrganiser);

  Reply create(const std::string& key, const std::string& body = event_content()) {
    return api.post("/api/v1/events", body, {caller, {"Idempotency-Key", key}});
  }
  std::string counted(const std::string& outcome) {
    return api.telemetry.metric("vigie_idempotency_requests_total{outcome=\"" + outcome + "\"}");
  }
};

TEST_F(IdempotencyTest, ReplaysTheFirstAnswer) {
  const Reply first = create("key-1");
  const Reply second = create("key-1");
  ASSERT_EQ(first.status, 201);
  EXPECT_EQ(first.header("Idempotency-Replayed"), "");
  EXPECT_EQ(second.status, 201);
  EXPECT_EQ(second.header("Idempotency-Replayed"), "true");
  EXPECT_EQ(second.body, first.body);
  for (const char* name : {"Content-Type", "Location", "ETag", "Cache-Control"}) {
    EXPECT_EQ(second.header(name), first.header(name)) << name;
  }
  EXPECT_NE(second.header("X-Correlation-ID"), first.header("X-Correlation-ID"));
  EXPECT_EQ(api.event_store.size(), 1U);
  EXPECT_EQ(counted("new"), "1");
  EXPECT_EQ(counted("replay"), "1");
}

TEST_F(IdempotencyTest, LinksAReplayToTheTraceThatMadeTheAnswer) {
  const Reply first = create("key-1");
  const auto maker = api.telemetry.traces.spans().back();
  const Reply second = create("key-1");
  const auto replay = api.telemetry.traces.spans().back();
  EXPECT_TRUE(maker.links.empty());
  EXPECT_EQ(replay.links, std::vector{maker.trace_id + "-" + maker.span_id});
  EXPECT_NE(second.header("traceparent"), first.header("traceparent"));
}

TEST_F(IdempotencyTest, LeavesTheKeyFreeWhenAConditionDidNotHold) {
  const std::string target = "/api/v1/events/" + create("made").at("/id");
  const auto patch = [&](Headers headers) {
    headers.insert(
        headers.end(),
        {caller, {"Idempotency-Key", "change"}, {"Content-Type", "application/merge-patch+json"}});
    return api.send(
        {.method = "PATCH", .target = target, .headers = headers, .body = R"({"title":"New"})"});
  };
  EXPECT_EQ(patch({}).status, 428);
  EXPECT_EQ(patch({{"If-Match", "\"7\""}}).status, 412);
  const Reply corrected = patch({{"If-Match", "\"1\""}});
  EXPECT_EQ(corrected.status, 200);
  EXPECT_EQ(corrected.header("Idempotency-Replayed"), "");
  // Once done it is done, whatever version the caller has read since.
  const Reply again = patch({{"If-Match", "\"2\""}});
  EXPECT_EQ(again.header("Idempotency-Replayed"), "true");
  EXPECT_EQ(again.body, corrected.body);
}

TEST_F(IdempotencyTest, RefusesAnotherContent) {
  (void)create("key-1");
  const Reply reply = create("key-1", event_content(R"("description":"other",)"));
  EXPECT_EQ(reply.status, 422);
  EXPECT_EQ(reply.at("/code"), "idempotency_key_reused");
  EXPECT_EQ(counted("conflict"), "1");
}

TEST_F(IdempotencyTest, RefusesAnotherTarget) {
  const std::string a = api.draft(caller);
  const std::string b = api.draft(caller);
  const Headers keyed = {caller, {"Idempotency-Key", "key-1"}};
  EXPECT_EQ(api.post("/api/v1/events/" + a + "/publish", "", keyed).status, 200);
  EXPECT_EQ(api.post("/api/v1/events/" + b + "/publish", "", keyed).status, 422);
}

TEST_F(IdempotencyTest, KeepsCallersApart) {
  (void)create("key-1");
  caller = api.sign_in(Role::kOrganiser);
  EXPECT_EQ(create("key-1").header("Idempotency-Replayed"), "");
  EXPECT_EQ(api.event_store.size(), 2U);
}

TEST_F(IdempotencyTest, KeepsRefusalsWithoutTheirEffect) {
  const Reply first = create("key-1", event_content(R"("description":5,)"));
  const Reply second = create("key-1", event_content(R"("description":5,)"));
  EXPECT_EQ(first.status, 422);
  EXPECT_EQ(second.header("Idempotency-Replayed"), "true");
  EXPECT_EQ(second.body, first.body);
}

/// A registration under a key, from an address.
Reply register_from(ApiUnderTest& api, const std::string& address, const std::string& email,
                    const std::string& key) {
  return api.send({.method = "POST",
                   .target = "/api/v1/accounts",
                   .headers = {{"Content-Type", "application/json"}, {"Idempotency-Key", key}},
                   .body = R"({"email":")" + email +
                           R"(","display_name":"Kai","password":"correct horse battery"})",
                   .address = address});
}

TEST_F(IdempotencyTest, KeepsTheAnonymousApartByAddress) {
  EXPECT_EQ(register_from(api, "192.0.2.1", "a@example.org", "order-1").status, 201);
  EXPECT_EQ(register_from(api, "192.0.2.2", "b@example.org", "order-1").status, 201);
  const Reply again = register_from(api, "192.0.2.1", "a@example.org", "order-1");
  EXPECT_EQ(again.header("Idempotency-Replayed"), "true");
  EXPECT_EQ(register_from(api, "192.0.2.1", "c@example.org", "order-1").at("/code"),
            "idempotency_key_reused");
  // A client has all the addresses behind its first 64 bits.
  EXPECT_EQ(register_from(api, "2001:db8::1", "d@example.org", "order-1").status, 201);
  EXPECT_EQ(
      register_from(api, "2001:db8::2", "d@example.org", "order-1").header("Idempotency-Replayed"),
      "true");
}

TEST_F(IdempotencyTest, StoresNoRefusalsOfTheAnonymous) {
  const std::size_t before = api.idempotency_store.size();
  EXPECT_EQ(register_from(api, "192.0.2.1", "no address", "order-1").status, 422);
  EXPECT_EQ(api.idempotency_store.size(), before);
  EXPECT_EQ(register_from(api, "192.0.2.1", "a@example.org", "order-1").status, 201);
}

TEST(IdempotencyShare, BoundsWhatIsStoredForOneCaller) {
  ApiUnderTest api({.idempotency_answers_per_caller_max = 2});
  const auto caller = api.sign_in(Role::kOrganiser);
  const auto create = [&](const std::string& key, const std::string& address, int at_s = 0) {
    return api.send(
        {.method = "POST",
         .target = "/api/v1/events",
         .headers = {caller, {"Content-Type", "application/json"}, {"Idempotency-Key", key}},
         .body = event_content(),
         .address = address,
         .at_s = at_s});
  };
  EXPECT_EQ(create("a", "192.0.2.1").status, 201);
  EXPECT_EQ(create("b", "192.0.2.2").status, 201);
  const Reply refused = create("c", "192.0.2.3");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.at("/code"), "share_exceeded");
  EXPECT_EQ(refused.header("Retry-After"), "43200");
  EXPECT_EQ(api.telemetry.metric("vigie_idempotency_requests_total{outcome=\"refused\"}"), "1");
  EXPECT_EQ(create("a", "192.0.2.3").header("Idempotency-Replayed"), "true");
  EXPECT_EQ(api.event_store.size(), 2U);
  EXPECT_EQ(create("c", "192.0.2.4", 43'201).status, 201);
}

TEST_F(IdempotencyTest, ForgetsFailures) {
  api.event_store.fail_with({domain::Code::kUnavailable, "Down.", ""});
  EXPECT_EQ(create("key-1").status, 503);
  EXPECT_EQ(api.idempotency_store.size(), 0U);
  api.event_store.heal();
  const Reply reply = create("key-1");
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(reply.header("Idempotency-Replayed"), "");
}

TEST(IdempotencyUnderRateLimit, KeepsNoRefusalForHaste) {
  ApiUnderTest api({.requests_per_second = 1, .requests_burst = 1});
  Call call{.method = "POST",
            .target = "/api/v1/events",
            .headers = {api.sign_in(Role::kOrganiser),
                        {"Content-Type", "application/json"},
                        {"Idempotency-Key", "key-2"}},
            .body = event_content()};
  (void)api.get("/api/v1/accounts/me", {call.headers[0]});
  EXPECT_EQ(api.send(call).status, 429);
  EXPECT_EQ(api.idempotency_store.size(), 0U);
  call.at_s = 2;
  const Reply later = api.send(call);
  EXPECT_EQ(later.status, 201);
  EXPECT_EQ(later.header("Idempotency-Replayed"), "");
}

TEST_F(IdempotencyTest, SaysThatTheFirstCallStillRuns) {
  const auto fingerprint = domain::Fingerprint{};
  const auto id = domain::AccountId{fakes::FakeIdSource::nth(1)};
  const auto held =
      api.idempotency_store.claim({}, id.to_string(), "key-1", fingerprint, api.clock.now());
  const Reply reply = create("key-1");
  EXPECT_EQ(reply.status, 409);
  EXPECT_EQ(reply.at("/code"), "idempotency_key_in_flight");
  EXPECT_EQ(reply.header("Retry-After"), "1");
  EXPECT_EQ(counted("in_progress"), "1");
}

TEST_F(IdempotencyTest, KeysExpire) {
  (void)create("key-1");
  api.clock.advance(std::chrono::hours(25));
  caller.second = "Bearer " + api.tokens.access_token(
                                  {.id = {fakes::FakeIdSource::nth(1)}, .role = Role::kOrganiser},
                                  {}, api.clock.now(), std::chrono::minutes(15));
  EXPECT_EQ(create("key-1").header("Idempotency-Replayed"), "");
  EXPECT_EQ(api.event_store.size(), 2U);
}

TEST_F(IdempotencyTest, FailsWhenTheStoreDoes) {
  api.idempotency_store.fail_with({domain::Code::kUnavailable, "Down.", "secret"});
  const Reply reply = create("key-1");
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(api.event_store.size(), 0U);
}

TEST_F(IdempotencyTest, RefusesUnfitKeys) {
  for (const std::string& key :
       {std::string(), std::string(256, 'k'), std::string("a b"), std::string("\xc3\xa9")}) {
    EXPECT_EQ(create(key).at("/code"), "invalid_idempotency_key") << key;
  }
  EXPECT_EQ(create(std::string(255, 'k')).status, 201);
  const Reply twice = api.post("/api/v1/events", event_content(),
                               {caller, {"Idempotency-Key", "a"}, {"Idempotency-Key", "b"}});
  EXPECT_EQ(twice.at("/code"), "invalid_idempotency_key");
}

TEST_F(IdempotencyTest, NeverStoresTokens) {
  (void)api.post("/api/v1/accounts",
                 R"({"email":"a@example.org","display_name":"A","password":"correct horse 1"})");
  const std::string credentials = R"({"email":"a@example.org","password":"correct horse 1"})";
  const Headers keyed = {{"Idempotency-Key", "key-1"}};
  const Reply first = api.post("/api/v1/auth/login", credentials, keyed);
  const Reply second = api.post("/api/v1/auth/login", credentials, keyed);
  EXPECT_EQ(first.status, 200);
  EXPECT_NE(first.at("/refresh_token"), second.at("/refresh_token"));
  EXPECT_EQ(api.idempotency_store.size(), 0U);
}

class KeyedRegistration : public testing::Test {
 protected:
  KeyedRegistration() {
    api.hasher.before_hashing([this] {
      ++hashed;
      keys_held_while_hashing = api.idempotency_store.size();
    });
  }
  Reply register_with(const std::string& key, const std::string& password = "correct horse 1") {
    return api.post(
        "/api/v1/accounts",
        R"({"email":"a@example.org","display_name":"A","password":")" + password + "\"}",
        {{"Idempotency-Key", key}});
  }

  ApiUnderTest api;
  int hashed = 0;
  std::size_t keys_held_while_hashing = 0;
};

TEST_F(KeyedRegistration, HashesBeforeTheKeyIsClaimedAndOnce) {
  const Reply first = register_with("key-1");
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(keys_held_while_hashing, 0U);
  const Reply second = register_with("key-1");
  EXPECT_EQ(second.header("Idempotency-Replayed"), "true");
  EXPECT_EQ(second.body, first.body);
  EXPECT_EQ(hashed, 1);
}

TEST_F(KeyedRegistration, RefusesTheKeyForAnotherContentBeforeItHashes) {
  (void)register_with("key-1");
  EXPECT_EQ(register_with("key-1", "another horse 2").at("/code"), "idempotency_key_reused");
  EXPECT_EQ(hashed, 1);
}

TEST_F(KeyedRegistration, LeavesTheKeyFreeWhenItsPreparationRefuses) {
  EXPECT_EQ(register_with("key-1", "short").at("/code"), "validation_failed");
  api.hasher.fail_with({domain::Code::kOverloaded, "Too many at once.", ""});
  EXPECT_EQ(register_with("key-1").status, 503);
  EXPECT_EQ(api.idempotency_store.size(), 0U);
  api.hasher.heal();
  EXPECT_EQ(register_with("key-1").status, 201);
}

TEST_F(IdempotencyTest, SimultaneousFirstCallsHaveOneEffect) {
  std::atomic<int> created{0};
  std::atomic<int> other{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 50; ++i) {
    threads.emplace_back([&] {
      const int status = create("key-1").status;
      created += status == 201 ? 1 : 0;
      other += status != 201 && status != 409 ? 1 : 0;
    });
  }
  threads.clear();
  EXPECT_EQ(api.event_store.size(), 1U);
  EXPECT_GE(created.load(), 1);
  EXPECT_EQ(other.load(), 0);
}

}  // namespace
}  // namespace vigie::http
