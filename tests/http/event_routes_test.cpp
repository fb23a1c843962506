#include <gtest/gtest.h>

#include "tests/http/api_under_test.hpp"

namespace vigie::http {
namespace {

using domain::Role;

class EventRoutes : public testing::Test {
 protected:
  ApiUnderTest api{{.requests_per_second = 0}};
  std::pair<std::string, std::string> owner = api.sign_in(Role::kOrganiser);

  Reply patch(const std::string& id, const std::string& body, const std::string& if_match) {
    Headers headers = {owner, {"Content-Type", "application/merge-patch+json"}};
    if (!if_match.empty()) headers.emplace_back("If-Match", if_match);
    return api.send(
        {.method = "PATCH", .target = "/api/v1/events/" + id, .headers = headers, .body = body});
  }
  Reply remove(const std::string& id, const std::string& if_match) {
    Headers headers = {owner};
    if (!if_match.empty()) headers.emplace_back("If-Match", if_match);
    return api.send({.method = "DELETE", .target = "/api/v1/events/" + id, .headers = headers});
  }
};

TEST_F(EventRoutes, CreateAnswersTheEventWithItsPlaceAndTag) {
  const Reply reply = api.post(
      "/api/v1/events",
      event_content(R"("description":"Zwei S\u00e4tze","tags":["a","b"],"venue":{"name":"Hall",)"
                    R"("address":"1 Street","latitude":48.8566,"longitude":-2},)"),
      {owner});
  ASSERT_EQ(reply.status, 201);
  EXPECT_EQ(reply.header("Location"), "/api/v1/events/" + reply.at("/id"));
  EXPECT_EQ(reply.header("ETag"), "\"1\"");
  EXPECT_EQ(reply.header("Content-Type"), "application/json");
  EXPECT_EQ(reply.body,
            R"({"id":"00000000-0000-7000-8000-000000000002",)"
            R"("owner_id":"00000000-0000-7000-8000-000000000001","status":"draft",)"
            R"("title":"Concert","description":"Zwei S)"
            "\xc3\xa4"
            R"(tze","category":"music","tags":["a","b"],"venue":{"name":"Hall",)"
            R"("address":"1 Street","latitude":48.8566,"longitude":-2},)"
            R"("starts_at":"2030-06-01T18:00:00Z","ends_at":"2030-06-01T21:00:00Z",)"
            R"("time_zone":"Europe/Paris","capacity":250,)"
            R"("price":{"amount_minor":2500,"currency":"EUR"},"version":1,)"
            R"("created_at":"2030-01-01T00:00:00Z","updated_at":"2030-01-01T00:00:00Z"})");
}

TEST_F(EventRoutes, CreateSaysAllThatIsWrongAtOnce) {
  const Reply reply = api.post("/api/v1/events",
                               R"({"title":5,"colour":"red","category":"Not A Slug",)"
                               R"("tags":["a",1],"venue":{"name":"","latitude":91,"x":1},)"
                               R"("starts_at":"tomorrow","ends_at":"2030-06-01T21:00:00Z",)"
                               R"("time_zone":"Mars/Base","capacity":1.5,"price":[]})",
                               {owner});
  EXPECT_EQ(reply.status, 422);
  EXPECT_EQ(reply.at("/code"), "validation_failed");
  for (const char* pointer :
       {"/title", "/colour", "/tags/1", "/venue/longitude", "/venue/x", "/starts_at", "/capacity",
        "/price", "/category", "/time_zone", "/venue/name", "/venue/latitude"}) {
    EXPECT_NE(reply.body.find("\"pointer\":\"" + std::string(pointer) + "\""), std::string::npos)
        << pointer << " in " << reply.body;
  }
  // What could not be read is not judged a second time.
  EXPECT_EQ(reply.body.find("\"pointer\":\"/ends_at\""), std::string::npos);
  EXPECT_EQ(reply.at("/errors"), "12 items") << reply.body;
}

TEST_F(EventRoutes, CreateNamesWhatIsMissing) {
  const Reply reply = api.post("/api/v1/events", "{}", {owner});
  for (const char* name :
       {"title", "category", "starts_at", "ends_at", "time_zone", "capacity", "price"}) {
    EXPECT_NE(reply.body.find("{\"pointer\":\"/" + std::string(name) + "\",\"message\":\"is req"),
              std::string::npos)
        << name;
  }
  EXPECT_EQ(api.post("/api/v1/events", "[]", {owner}).at("/errors/0/message"), "must be an object");
}

TEST_F(EventRoutes, ManyFaultsDoNotMakeALargeAnswer) {
  std::string body = "{";
  for (int i = 0; i < 5000; ++i) body += "\"x" + std::to_string(i) + "\":1,";
  body.back() = '}';
  EXPECT_EQ(api.post("/api/v1/events", body, {owner}).at("/errors"), "50 items");
}

TEST_F(EventRoutes, OnlyOrganisersCreate) {
  const auto user = api.sign_in(Role::kUser);
  const Reply reply = api.post("/api/v1/events", event_content(), {user});
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(reply.at("/code"), "forbidden");
}

TEST_F(EventRoutes, ADraftOfSomebodyElseIsNotFound) {
  const std::string id = api.draft(owner);
  EXPECT_EQ(api.get("/api/v1/events/" + id, {owner}).status, 200);
  EXPECT_EQ(api.get("/api/v1/events/" + id).status, 404);
  EXPECT_EQ(api.get("/api/v1/events/" + id, {api.sign_in(Role::kUser)}).at("/code"), "not_found");
  EXPECT_EQ(api.get("/api/v1/events/not-an-id").at("/code"), "not_found");
}

TEST_F(EventRoutes, ShowAnswers304ToWhoKnowsTheVersion) {
  const std::string target = "/api/v1/events/" + api.draft(owner);
  const Reply reply = api.get(target, {owner, {"If-None-Match", "\"1\""}});
  EXPECT_EQ(reply.status, 304);
  EXPECT_EQ(reply.body, "");
  EXPECT_EQ(reply.header("ETag"), "\"1\"");
  EXPECT_EQ(reply.header("Cache-Control"), "private, no-cache");
  EXPECT_EQ(reply.header("Vary"), "Authorization");
  EXPECT_EQ(reply.header("Content-Type"), "");
  EXPECT_EQ(api.get(target, {owner, {"If-None-Match", "\"2\""}}).status, 200);
}

TEST_F(EventRoutes, UpdateMergesWhatIsGiven) {
  const std::string id =
      api.post("/api/v1/events",
               event_content(R"("description":"Old","tags":["a"],"venue":{"name":"Hall",)"
                             R"("latitude":1,"longitude":2},)"),
               {owner})
          .at("/id");
  const Reply changed = patch(id,
                              R"({"title":"New","description":null,"tags":null,)"
                              R"("venue":{"longitude":3.5},"price":{"amount_minor":0}})",
                              "\"1\"");
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(changed.header("ETag"), "\"2\"");
  EXPECT_EQ(changed.at("/title"), "New");
  EXPECT_EQ(changed.at("/description"), "");
  EXPECT_EQ(changed.at("/tags"), "0 items");
  EXPECT_EQ(changed.at("/venue/name"), "Hall");
  EXPECT_EQ(changed.at("/price/amount_minor"), "0");
  EXPECT_EQ(changed.at("/price/currency"), "EUR");
  EXPECT_EQ(changed.at("/category"), "music");
  EXPECT_EQ(patch(id, R"({"venue":null})", "\"2\"").at("/venue"), "null");
}

TEST_F(EventRoutes, UpdateRefusesWhatAPatchCannotDo) {
  const std::string id = api.draft(owner);
  const Reply reply = patch(id, R"({"title":null,"id":"x","price":null,"capacity":"many"})", "*");
  EXPECT_EQ(reply.status, 422);
  EXPECT_EQ(reply.at("/errors"), "4 items") << reply.body;
  EXPECT_EQ(patch(id, R"({"venue":{"address":"x"}})", "*").status, 422);
  EXPECT_EQ(patch(id, R"({"ends_at":"2030-06-01T18:00:00Z"})", "*").at("/errors/0/pointer"),
            "/ends_at");
}

TEST_F(EventRoutes, UpdateAndDeleteAskForTheVersion) {
  const std::string id = api.draft(owner);
  EXPECT_EQ(patch(id, "{}", "").status, 428);
  EXPECT_EQ(patch(id, "{}", "").at("/code"), "version_required");
  for (const char* unfit : {"\"2\"", "W/\"1\"", "1", "\"2\", \"3\""}) {
    EXPECT_EQ(patch(id, R"({"title":"x"})", unfit).status, 412) << unfit;
  }
  EXPECT_EQ(patch(id, R"({"title":"a"})", "\"9\", \"1\"").status, 200);
  EXPECT_EQ(patch(id, R"({"title":"b"})", "*").status, 200);
  EXPECT_EQ(remove(id, "").status, 428);
  EXPECT_EQ(remove(id, "\"1\"").at("/code"), "version_mismatch");
  EXPECT_EQ(remove(id, "\"3\"").status, 204);
  EXPECT_EQ(remove(id, "\"3\"").status, 404);
  EXPECT_EQ(remove(id, "*").status, 404);
}

TEST_F(EventRoutes, PublishAndCancelChangeTheStatus) {
  const std::string target = "/api/v1/events/" + api.draft(owner);
  EXPECT_EQ(api.post(target + "/publish", "", {owner, {"If-Match", "\"7\""}}).status, 412);
  const Reply published = api.post(target + "/publish", "", {owner});
  EXPECT_EQ(published.at("/status"), "published");
  EXPECT_EQ(published.header("ETag"), "\"2\"");
  EXPECT_EQ(api.post(target + "/publish", "", {owner}).at("/code"), "status_change_not_allowed");
  EXPECT_EQ(api.post(target + "/cancel", "", {owner}).at("/status"), "cancelled");
  EXPECT_EQ(api.post(target + "/cancel", "", {owner}).status, 409);
  EXPECT_EQ(api.post(target + "/cancel", "").status, 401);
}

TEST_F(EventRoutes, ListGoesThroughAllPagesByLink) {
  for (int i = 0; i < 5; ++i) (void)api.draft(owner);
  std::string target = "/api/v1/events?limit=2&category=music&owner=" +
                       api.get("/api/v1/accounts/me", {owner}).at("/id");
  std::vector<std::string> sizes;
  for (int page = 0; page < 5 && !target.empty(); ++page) {
    const Reply reply = api.get(target, {owner});
    ASSERT_EQ(reply.status, 200) << reply.body;
    sizes.push_back(reply.at("/items"));
    const std::string link = reply.header("Link");
    EXPECT_EQ(link.empty(), reply.at("/next_cursor") == "null");
    target = link.empty() ? "" : link.substr(1, link.find('>') - 1);
    EXPECT_EQ(link.ends_with(">; rel=\"next\""), !link.empty());
  }
  EXPECT_EQ(sizes, (std::vector<std::string>{"2 items", "2 items", "1 items"}));
}

TEST_F(EventRoutes, ListShowsOthersNoDrafts) {
  (void)api.draft(owner);
  EXPECT_EQ(api.get("/api/v1/events").at("/items"), "0 items");
  EXPECT_EQ(api.get("/api/v1/events", {owner}).at("/items"), "1 items");
}

TEST_F(EventRoutes, ListFilters) {
  (void)api.post("/api/v1/events", event_content(R"("tags":["a b","c"],)"), {owner});
  const auto found = [&](const std::string& query) {
    return api.get("/api/v1/events?" + query, {owner}).at("/items");
  };
  EXPECT_EQ(found("tag=a+b&tag=c"), "1 items");
  EXPECT_EQ(found("tag=a%20b&tag=d"), "0 items");
  EXPECT_EQ(found("status=draft"), "1 items");
  EXPECT_EQ(found("status=published"), "0 items");
  EXPECT_EQ(found("q=concert"), "1 items");
  EXPECT_EQ(found("starts_after=2030-06-01T18:00:00Z"), "1 items");
  EXPECT_EQ(found("starts_before=2030-06-01T20:00:00%2B02:00"), "0 items");
  EXPECT_EQ(found("sort=-created_at&limit=100"), "1 items");
}

TEST_F(EventRoutes, ListNamesEveryParameterAtFault) {
  const Reply reply = api.get(
      "/api/v1/events?owner=x&status=open&starts_after=now&starts_before=now&sort=title&limit=ten"
      "&color=red&category=a&category=b");
  EXPECT_EQ(reply.status, 422);
  EXPECT_EQ(reply.at("/errors"), "8 items") << reply.body;
  EXPECT_EQ(reply.at("/errors/6/pointer"), "?color");
  EXPECT_EQ(reply.at("/errors/7/message"), "must be given once");
  EXPECT_EQ(api.get("/api/v1/events?limit=0").at("/errors/0/pointer"), "?limit");
  EXPECT_EQ(api.get("/api/v1/events?limit=101").status, 422);
  EXPECT_EQ(api.get("/api/v1/events?category=Not+a+slug").status, 422);
}

TEST_F(EventRoutes, ListRefusesACursorOfOtherFilters) {
  for (int i = 0; i < 3; ++i) (void)api.draft(owner);
  const std::string cursor = api.get("/api/v1/events?limit=1", {owner}).at("/next_cursor");
  EXPECT_EQ(api.get("/api/v1/events?limit=2&cursor=" + cursor, {owner}).status, 200);
  for (const std::string& query :
       {"sort=-starts_at&cursor=" + cursor, "cursor=" + cursor + "x", std::string("cursor=abc")}) {
    const Reply reply = api.get("/api/v1/events?" + query, {owner});
    EXPECT_EQ(reply.status, 400) << query;
    EXPECT_EQ(reply.at("/code"), "invalid_cursor");
  }
}

}  // namespace
}  // namespace vigie::http
