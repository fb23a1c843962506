#include <gtest/gtest.h>

#include "server/http/content_digest.hpp"
#include "tests/http/api_under_test.hpp"

namespace vigie::http {
namespace {

using domain::Role;
using namespace std::string_literals;

class MediaRoutes : public testing::Test {
 protected:
  ApiUnderTest api{{.requests_per_second = 0}};
  std::pair<std::string, std::string> owner = api.sign_in(Role::kOrganiser);
  std::pair<std::string, std::string> other = api.sign_in(Role::kUser);
  std::pair<std::string, std::string> admin = api.sign_in(Role::kAdministrator);

  static std::string png(std::size_t bytes) {
    std::string content = "\x89PNG\r\n\x1a\n";
    content.resize(bytes, '.');
    return content;
  }
  static std::string wanted(std::size_t bytes, const std::string& extra = "") {
    return R"({"file_name":"Kai.png","type":"image/png","part_bytes":10,)" + extra +
           "\"bytes\":" + std::to_string(bytes) + "}";
  }
  std::string upload(std::size_t bytes, const std::string& extra = "") {
    return api.post("/api/v1/media", wanted(bytes, extra), {owner}).at("/id");
  }
  Reply put(const std::string& target, const std::string& body, Headers headers = {}) {
    headers.push_back(owner);
    return api.send({.method = "PUT", .target = target, .headers = headers, .body = body});
  }
  Reply put_part(const std::string& id, int number, const std::string& body, Headers headers = {}) {
    return put("/api/v1/media/" + id + "/parts/" + std::to_string(number), body,
               std::move(headers));
  }
  Reply complete(const std::string& id) {
    return api.post("/api/v1/media/" + id + "/complete", "", {owner});
  }
  std::string stored(const std::string& content, const std::string& extra = "") {
    const std::string id = upload(content.size(), extra);
    EXPECT_EQ(put("/api/v1/media/" + id + "/content", content).status, 202);
    return id;
  }
};

TEST_F(MediaRoutes, CreateAnswersThePartsAndWhereTheyGo) {
  const Reply reply = api.post("/api/v1/media", wanted(25), {owner});
  ASSERT_EQ(reply.status, 201) << reply.body;
  const std::string path = "/api/v1/media/" + reply.at("/id");
  EXPECT_EQ(reply.header("Location"), path);
  EXPECT_EQ(reply.at("/state"), "uploading");
  EXPECT_EQ(reply.at("/part_count"), "3");
  EXPECT_EQ(reply.at("/parts"), "3 items");
  EXPECT_EQ(reply.at("/parts/2/url"), path + "/parts/3");
  EXPECT_EQ(reply.at("/parts/2/offset"), "20");
  EXPECT_EQ(reply.at("/parts/2/bytes"), "5");
  EXPECT_EQ(reply.at("/parts/2/is_received"), "false");
  EXPECT_EQ(reply.at("/content_url"), "null");
}

TEST_F(MediaRoutes, CreateWithAKeyHappensOnce) {
  const Headers headers = {owner, {"Idempotency-Key", "once"}};
  const Reply first = api.post("/api/v1/media", wanted(25), headers);
  const Reply again = api.post("/api/v1/media", wanted(25), headers);
  EXPECT_EQ(first.at("/id"), again.at("/id"));
  EXPECT_EQ(again.header("Idempotency-Replayed"), "true");
}

TEST_F(MediaRoutes, CreateSaysWhatIsWrong) {
  const Reply faults =
      api.post("/api/v1/media",
               R"({"type":"text/html","bytes":0,"sha256":"x","event_id":"y","z":1})", {owner});
  EXPECT_EQ(faults.status, 422);
  EXPECT_EQ(faults.at("/errors"), "4 items");
  EXPECT_EQ(api.post("/api/v1/media", wanted(25), {}).status, 401);
  EXPECT_EQ(api.post("/api/v1/media", wanted(std::size_t{6} << 30), {owner}).status, 422);
}

TEST_F(MediaRoutes, CreateOverTheQuotaIs413WithUseAndLimit) {
  api.media_limits.quota_bytes = 100;
  domain::MediaUploads strict({api.media_store, api.event_store, api.blobs, api.jobs, api.units,
                               api.clock, api.ids, api.observer, api.room, api.authenticator},
                              api.media_limits);
  // The use-case says it; the route gives it its status.
  domain::Context context;
  context.principal = {.account_id = domain::AccountId{}, .role = Role::kUser};
  const auto refused = strict.create(
      context, {.file_name = "a", .type = "image/png", .bytes = 101, .part_bytes = 10});
  EXPECT_EQ(problems::of(refused.error().code).status, 413);
  EXPECT_EQ(refused.error().message, "The account uses 0 of 100 bytes; this needs 101.");
}

TEST_F(MediaRoutes, WhatTheStoreHasNoRoomForIs507WithFieldAndLimit) {
  const std::string id = upload(25);
  api.room.has_free(24);
  const Reply refused =
      api.post("/api/v1/media", R"({"file_name":"a.png","type":"image/png","bytes":25})", {owner});
  EXPECT_EQ(refused.status, 507);
  EXPECT_EQ(refused.at("/code"), "storage_full");
  EXPECT_EQ(refused.at("/detail"), "The store has 24 bytes free; this needs 25.");
  EXPECT_EQ(refused.at("/errors/0/pointer"), "/bytes");
  EXPECT_EQ(refused.at("/errors/0/message"), "Must be at most 24 at the moment.");
  EXPECT_EQ(refused.header("Retry-After"), "");  // RFC 4918, 11.5
  const Reply content = api.send({.method = "PUT",
                                  .target = "/api/v1/media/" + id + "/content",
                                  .headers = {owner},
                                  .body = png(25)});
  EXPECT_EQ(content.status, 507);
  EXPECT_EQ(content.at("/code"), "storage_full");
}

TEST_F(MediaRoutes, PartsAreReceivedInAnyOrderAndShown) {
  const std::string content = png(25);
  const std::string id = upload(25);
  const Reply last = put_part(id, 3, content.substr(20));
  ASSERT_EQ(last.status, 200) << last.body;
  EXPECT_EQ(last.at("/is_received"), "true");
  EXPECT_EQ(last.at("/sha256"), fakes::hash_of(content.substr(20)).to_string());
  EXPECT_EQ(last.header("ETag"), '"' + last.at("/sha256") + '"');
  const std::string parts = "/api/v1/media/" + id + "/parts";
  EXPECT_EQ(api.get(parts + "/3", {owner}).header("ETag"), last.header("ETag"));
  EXPECT_EQ(api.send({.method = "HEAD", .target = parts + "/3", .headers = {owner}}).status, 200);
  EXPECT_EQ(api.send({.method = "HEAD", .target = parts + "/2", .headers = {owner}}).status, 404);
  EXPECT_EQ(api.get(parts, {owner}).at("/parts/2/is_received"), "true");
  EXPECT_EQ(api.get(parts, {owner}).at("/parts/0/is_received"), "false");
  const Reply early = complete(id);
  EXPECT_EQ(early.status, 409);
  EXPECT_EQ(early.at("/code"), "upload_incomplete");
  EXPECT_EQ(early.at("/detail"), "These parts are missing: 1, 2.");
  EXPECT_EQ(put_part(id, 1, content.substr(0, 10)).status, 200);
  EXPECT_EQ(put_part(id, 2, content.substr(10, 10)).status, 200);
  const Reply done = complete(id);
  ASSERT_EQ(done.status, 202) << done.body;
  EXPECT_EQ(done.header("Location"), "/api/v1/media/" + id);
  EXPECT_EQ(done.at("/state"), "processing");
  EXPECT_EQ(done.at("/sha256"), fakes::hash_of(content).to_string());
  EXPECT_EQ(done.at("/job_id"), api.jobs.jobs().front().id.to_string());
  EXPECT_EQ(complete(id).at("/job_id"), done.at("/job_id"));
  EXPECT_EQ(put_part(id, 1, content.substr(0, 10)).status, 409);
}

TEST_F(MediaRoutes, AChecksumIsVerified) {
  const std::string part = png(10);
  const std::string id = upload(10);
  const auto digest = [](const std::string& text) {
    return std::pair(std::string("Content-Digest"), digest_field(fakes::hash_of(text)));
  };
  const Reply wrong = put_part(id, 1, part, {digest("something else")});
  EXPECT_EQ(wrong.status, 422);
  EXPECT_EQ(wrong.at("/code"), "checksum_mismatch");
  EXPECT_EQ(put_part(id, 1, part, {{"Content-Digest", "sha-256=:AAAA:"}}).at("/code"),
            "validation_failed");
  EXPECT_EQ(put_part(id, 1, part, {{"Content-Digest", "md5=:AAAA:"}}).status, 200);
  const std::string right = digest_field(fakes::hash_of(part));
  const std::string foreign = digest_field(fakes::hash_of("other"));
  std::string unpadded = right;
  unpadded.erase(unpadded.size() - 2, 1);
  for (const std::string& value : {"sha-512=:AAAA:, " + right,
                                   right + ";a=b, md5=:AAAA:", "x=\"a, " + foreign + "\", " + right,
                                   foreign + "," + right, unpadded, "unixsum=?1,, " + right}) {
    EXPECT_EQ(put_part(id, 1, part, {{"Content-Digest", value}}).status, 200) << value;
  }
  EXPECT_EQ(put_part(id, 1, part, {{"Content-Digest", foreign}, {"Content-Digest", right}}).status,
            200);
  EXPECT_EQ(
      put_part(id, 1, part, {{"Content-Digest", right}, {"Content-Digest", foreign}}).at("/code"),
      "checksum_mismatch");
  for (const std::string& value : {"SHA-256" + right.substr(7), "sha-256"s, "sha-256=abc"s,
                                   "sha-256=\"abc\""s, "sha-256=::"s}) {
    EXPECT_EQ(put_part(id, 1, part, {{"Content-Digest", value}}).at("/code"), "validation_failed")
        << value;
  }
  EXPECT_EQ(put_part(id, 1, part, {digest(part)}).status, 200);
  const std::string whole = "/api/v1/media/" + id + "/content";
  EXPECT_EQ(put(whole, part, {digest("something else")}).at("/code"), "checksum_mismatch");
  EXPECT_EQ(put(whole, part, {digest(part)}).status, 202);
}

TEST_F(MediaRoutes, TooMuchIs413BeforeAnyOfItIsReadAndNamesTheLimit) {
  const std::string id = upload(25);
  const Call call{.method = "PUT",
                  .target = "/api/v1/media/" + id + "/parts/1",
                  .headers = {owner, {"Content-Length", "67108865"}},
                  .body = ""};
  const auto refused = api.admit(call);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 413);
  EXPECT_EQ(refused->at("/detail"), "At most 67108864 bytes are taken here.");
}

TEST_F(MediaRoutes, AContentOfAnotherLengthIs422AndDoesNotCount) {
  const std::string id = upload(25);
  for (const std::size_t bytes : {9U, 11U, 0U}) {
    EXPECT_EQ(put_part(id, 1, png(10).substr(0, bytes) + std::string(bytes > 10 ? 1 : 0, 'x'))
                  .at("/code"),
              "checksum_mismatch");
  }
  EXPECT_EQ(put_part(id, 4, png(10)).status, 404);
  EXPECT_EQ(put("/api/v1/media/" + id + "/parts/x", png(10)).status, 404);
  EXPECT_EQ(put("/api/v1/media/x/parts/1", png(10)).status, 404);
}

TEST_F(MediaRoutes, AnInterruptedContentIsTheClientsFault) {
  const std::string id = upload(10);
  const std::pair<domain::Code, int> failures[] = {{domain::Code::kUnavailable, 400},
                                                   {domain::Code::kDeadlineExceeded, 408},
                                                   {domain::Code::kValidationFailed, 413}};
  for (const auto& [failure, status] : failures) {
    const Reply reply = api.send({.method = "PUT",
                                  .target = "/api/v1/media/" + id + "/parts/1",
                                  .headers = {owner},
                                  .body = png(7),
                                  .body_failure = failure});
    EXPECT_EQ(reply.status, status);
    EXPECT_TRUE(reply.must_close);
  }
  EXPECT_EQ(put_part(id, 1, png(10)).status, 200);
}

TEST_F(MediaRoutes, AStoreThatIsAwayIs503) {
  const std::string id = upload(10);
  api.blobs.fail_with({.code = domain::Code::kUnavailable, .message = "The store is away."});
  const Reply reply = put_part(id, 1, png(10));
  EXPECT_EQ(reply.status, 503);
  EXPECT_FALSE(reply.header("Retry-After").empty());
}

TEST_F(MediaRoutes, AContentThatIsNotWhatWasDeclaredIsDropped) {
  const std::string id = upload(25);
  const Reply reply = put("/api/v1/media/" + id + "/content", "<html>" + std::string(19, ' '));
  EXPECT_EQ(reply.status, 422);
  EXPECT_EQ(reply.at("/code"), "media_type_not_allowed");
  EXPECT_EQ(api.get("/api/v1/media/" + id, {owner}).status, 404);
}

TEST_F(MediaRoutes, ShowTellsStatesAndWhoMaySeeThem) {
  const std::string event = api.draft(owner);
  const std::string id = stored(png(25), R"("event_id":")" + event + "\",");
  const std::string path = "/api/v1/media/" + id;
  const auto statuses = [&] {
    return std::vector{api.get(path, {owner}).status, api.get(path, {admin}).status,
                       api.get(path, {other}).status, api.get(path).status};
  };
  EXPECT_EQ(statuses(), (std::vector{200, 200, 404, 404}));
  EXPECT_EQ(api.post("/api/v1/events/" + event + "/publish", "", {owner}).status, 200);
  EXPECT_EQ(statuses(), (std::vector{200, 200, 200, 200}));
  EXPECT_EQ(api.get(path).at("/content_url"), path + "/content");
  EXPECT_EQ(api.send({.method = "DELETE", .target = path, .headers = {other}}).status, 403);
  EXPECT_EQ(api.send({.method = "DELETE", .target = path}).status, 401);
  EXPECT_EQ(api.send({.method = "DELETE", .target = path, .headers = {owner}}).status, 204);
  EXPECT_EQ(statuses(), (std::vector{200, 200, 404, 404}));
  EXPECT_EQ(api.get(path, {owner}).at("/state"), "deleted");
  EXPECT_EQ(api.get(path + "/content", {owner}).status, 404);
  EXPECT_EQ(api.post(path + "/restore", "", {other}).status, 404);
  EXPECT_EQ(api.post(path + "/restore", "", {owner}).at("/state"), "processing");
  EXPECT_EQ(api.post(path + "/restore", "", {owner}).status, 409);
  EXPECT_EQ(statuses(), (std::vector{200, 200, 200, 200}));
}

TEST_F(MediaRoutes, ListsPageByPage) {
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    ids.insert(ids.begin(), stored(png(20 + static_cast<std::size_t>(i))));
    api.clock.advance(std::chrono::seconds(1));
  }
  const Reply first = api.get("/api/v1/media?limit=2", {owner});
  EXPECT_EQ(first.at("/items"), "2 items");
  EXPECT_EQ(first.at("/items/0/id"), ids[0]);
  const std::string cursor = first.at("/next_cursor");
  EXPECT_EQ(first.header("Link"), "</api/v1/media?limit=2&cursor=" + cursor + ">; rel=\"next\"");
  const Reply second = api.get("/api/v1/media?cursor=" + cursor, {owner});
  EXPECT_EQ(second.at("/items/0/id"), ids[2]);
  EXPECT_EQ(second.at("/next_cursor"), "null");
  EXPECT_EQ(api.get("/api/v1/media", {other}).at("/items"), "0 items");
  EXPECT_EQ(api.get("/api/v1/media").status, 401);
  EXPECT_EQ(api.get("/api/v1/media?limit=0", {owner}).status, 422);
  EXPECT_EQ(api.get("/api/v1/media?colour=red", {owner}).status, 422);
  const std::string event = api.draft(owner);
  EXPECT_EQ(api.get("/api/v1/media?event_id=" + event + "&cursor=" + cursor, {owner}).at("/code"),
            "invalid_cursor");
  EXPECT_EQ(api.get("/api/v1/media?event_id=" + event, {owner}).at("/items"), "0 items");
  EXPECT_EQ(api.get("/api/v1/media?event_id=" + event).status, 404);
}

}  // namespace
}  // namespace vigie::http
