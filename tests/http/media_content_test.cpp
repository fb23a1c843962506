#include <gtest/gtest.h>

#include "server/domain/media_processing.hpp"
#include "server/http/byte_ranges.hpp"
#include "server/http/content_digest.hpp"
#include "server/http/content_disposition.hpp"
#include "server/platform/core/http_date.hpp"
#include "tests/fakes/fake_job_run.hpp"
#include "tests/http/api_under_test.hpp"

namespace vigie::http {
namespace {

using Kind = RangeRequest::Kind;

TEST(ByteRanges, AreThoseOfTheSpecification) {
  const auto ranges = [](std::string_view header) { return parse_range(header, 1'000).ranges; };
  EXPECT_EQ(ranges("bytes=0-499"), (std::vector<ByteRange>{{0, 500}}));
  EXPECT_EQ(ranges("bytes=500-999"), (std::vector<ByteRange>{{500, 500}}));
  EXPECT_EQ(ranges("bytes=-300"), (std::vector<ByteRange>{{700, 300}}));
  EXPECT_EQ(ranges("bytes=900-"), (std::vector<ByteRange>{{900, 100}}));
  EXPECT_EQ(ranges("bytes=-2000"), (std::vector<ByteRange>{{0, 1'000}}));
  EXPECT_EQ(ranges("bytes=990-99999999999999999999999"), (std::vector<ByteRange>{{990, 10}}));
  EXPECT_EQ(ranges("bytes=0-0, -1 ,,500-501"),
            (std::vector<ByteRange>{{0, 1}, {999, 1}, {500, 2}}));
  EXPECT_EQ(ranges("Bytes=0-9"), (std::vector<ByteRange>{{0, 10}}));
  EXPECT_EQ(ranges("BYTES=-1"), (std::vector<ByteRange>{{999, 1}}));
  EXPECT_EQ(ranges("bytes=0-9,5000-6000"), (std::vector<ByteRange>{{0, 10}}));
}

TEST(ByteRanges, ThatTouchOrOverlapAreOne) {
  const auto request = parse_range("bytes=0-9,20-29,5-19,40-49", 1'000);
  EXPECT_EQ(request.ranges, (std::vector<ByteRange>{{0, 30}, {40, 10}}));
  std::string greedy = "bytes=0-";
  for (int i = 0; i < 40; ++i) greedy += ",0-";
  EXPECT_EQ(parse_range(greedy, 1'000).ranges, (std::vector<ByteRange>{{0, 1'000}}));
}

TEST(ByteRanges, ThatAreNoneAskForTheWhole) {
  for (const std::string_view header :
       {"", "bytes", "bytes=", "bytes=,", "items=0-1", "bytes=a-b", "bytes=5-1", "bytes=1-2-3",
        "bytes=--1", "bytes=-", "bytes=0 - 9", "bytes=0-9;q=1"}) {
    EXPECT_EQ(parse_range(header, 1'000).kind, Kind::kWhole) << header;
  }
  std::string many = "bytes=0-0";
  for (int i = 1; i <= 16; ++i) many += ',' + std::to_string(3 * i) + '-' + std::to_string(3 * i);
  EXPECT_EQ(parse_range(many, 1'000).kind, Kind::kWhole);
}

TEST(ByteRanges, OutsideOfTheContentAreUnsatisfiable) {
  for (const std::string_view header : {"bytes=1000-", "bytes=-0", "bytes=5000-6000,9000-"}) {
    EXPECT_EQ(parse_range(header, 1'000).kind, Kind::kUnsatisfiable) << header;
  }
}

TEST(ContentDisposition, EndsWhereItShouldWhateverTheName) {
  EXPECT_EQ(content_disposition(true, "Kai.png"),
            "inline; filename=\"Kai.png\"; filename*=UTF-8''Kai.png");
  EXPECT_EQ(
      content_disposition(false, "Été \"½\".pdf"),
      "attachment; filename=\"_t_ ___.pdf\"; filename*=UTF-8''%C3%89t%C3%A9%20%22%C2%BD%22.pdf");
  EXPECT_EQ(content_disposition(false, "../../etc/passwd"),
            "attachment; filename=\"_.._.._etc_passwd\"; filename*=UTF-8''_.._.._etc_passwd");
  // Of a name that was stored before it would have been refused.
  EXPECT_EQ(content_disposition(false, "a\u202egpj\u2069.exe"),
            "attachment; filename=\"a_gpj_.exe\"; filename*=UTF-8''a_gpj_.exe");
  for (const std::string name : {"a\r\nSet-Cookie: b", "a\"; b=\"c", "a\\", "%00", ";", "'"}) {
    const std::string value = content_disposition(false, name);
    EXPECT_EQ(std::count(value.begin(), value.end(), '"'), 2) << value;
    EXPECT_EQ(value.find_first_of("\r\n\\"), std::string::npos) << value;
  }
}

class MediaContent : public testing::TestWithParam<bool> {
 protected:
  MediaContent() { api.blobs.use_files(GetParam()); }

  ApiUnderTest api{{.requests_per_second = 0}};
  std::pair<std::string, std::string> owner = api.sign_in(domain::Role::kOrganiser);
  const std::string content = "\x89PNG\r\n\x1a\n" + std::string(500, 'a') + std::string(500, 'b');
  const std::string id = stored();
  const std::string path = "/api/v1/media/" + id + "/content";
  const std::string tag = '"' + fakes::hash_of(content).to_string() + '"';

  std::string stored() {
    const std::string event = api.draft(owner);
    EXPECT_EQ(api.post("/api/v1/events/" + event + "/publish", "", {owner}).status, 200);
    const Reply made = api.post("/api/v1/media",
                                R"({"file_name":"Été.png","type":"image/png","event_id":")" +
                                    event + "\",\"bytes\":" + std::to_string(content.size()) + "}",
                                {owner});
    Headers headers = {owner};
    EXPECT_EQ(api.send({.method = "PUT",
                        .target = "/api/v1/media/" + made.at("/id") + "/content",
                        .headers = headers,
                        .body = content})
                  .status,
              202);
    return made.at("/id");
  }
  Reply ranged(const std::string& range, Headers headers = {}) {
    headers.emplace_back("Range", range);
    return api.get(path, headers);
  }
};

TEST_P(MediaContent, IsWholeWithItsDescription) {
  const Reply reply = api.get(path);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, content);
  EXPECT_EQ(reply.header("Content-Type"), "image/png");
  EXPECT_EQ(reply.header("ETag"), tag);
  EXPECT_EQ(reply.header("Last-Modified"), core::http_date(api.clock.now()));
  EXPECT_EQ(reply.header("Accept-Ranges"), "bytes");
  EXPECT_EQ(reply.header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(reply.header("Content-Disposition"),
            "inline; filename=\"_t_.png\"; filename*=UTF-8''%C3%89t%C3%A9.png");
  EXPECT_EQ(reply.header("Cache-Control"), "public, no-cache");
  EXPECT_EQ(api.get(path, {owner}).header("Cache-Control"), "private, no-cache");
  EXPECT_EQ(reply.header("Vary"), "Authorization");
  EXPECT_EQ(api.observer.bytes_sent(), 2 * content.size());
}

TEST_P(MediaContent, HeadSendsNothing) {
  const Reply reply = api.send({.method = "HEAD", .target = path});
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("ETag"), tag);
  EXPECT_EQ(api.observer.bytes_sent(), 0U);
}

TEST_P(MediaContent, IsSentInOneRange) {
  const Reply reply = ranged("bytes=508-511");
  EXPECT_EQ(reply.status, 206);
  EXPECT_EQ(reply.body, "bbbb");
  EXPECT_EQ(reply.header("Content-Range"), "bytes 508-511/1008");
  EXPECT_EQ(reply.header("Content-Type"), "image/png");
  EXPECT_EQ(reply.header("ETag"), tag);
  EXPECT_EQ(ranged("bytes=-8").body, "bbbbbbbb");
}

TEST_P(MediaContent, IsSentInSeveralRanges) {
  const Reply reply = ranged("bytes=8-9,600-601");
  EXPECT_EQ(reply.status, 206);
  const std::string type = reply.header("Content-Type");
  ASSERT_TRUE(type.starts_with("multipart/byteranges; boundary=")) << type;
  const std::string boundary = type.substr(type.find('=') + 1);
  EXPECT_EQ(reply.body, "\r\n--" + boundary +
                            "\r\nContent-Type: image/png\r\nContent-Range: bytes 8-9/1008\r\n\r\naa"
                            "\r\n--" +
                            boundary +
                            "\r\nContent-Type: image/png\r\nContent-Range: bytes "
                            "600-601/1008\r\n\r\nbb\r\n--" +
                            boundary + "--\r\n");
  EXPECT_TRUE(reply.header("Content-Range").empty());
}

TEST_P(MediaContent, ARangeBeyondTheEndIs416WithTheLength) {
  const Reply reply = ranged("bytes=1008-");
  EXPECT_EQ(reply.status, 416);
  EXPECT_EQ(reply.at("/code"), "range_not_satisfiable");
  EXPECT_EQ(reply.header("Content-Range"), "bytes */1008");
}

TEST_P(MediaContent, IfRangeDecidesWhetherThePartAtHandIsStillGood) {
  const std::string date = core::http_date(api.clock.now());
  EXPECT_EQ(ranged("bytes=0-1", {{"If-Range", tag}}).status, 206);
  EXPECT_EQ(ranged("bytes=0-1", {{"If-Range", date}}).status, 206);
  for (const std::string stale : {"\"other\"", "Sun, 06 Nov 1994 08:49:37 GMT", "nonsense"}) {
    const Reply reply = ranged("bytes=0-1", {{"If-Range", stale}});
    EXPECT_EQ(reply.status, 200) << stale;
    EXPECT_EQ(reply.body, content);
  }
  EXPECT_EQ(ranged("bytes=0-1", {{"If-Range", "W/" + tag}}).status, 200);
}

TEST_P(MediaContent, WhatIsKnownIsNotSentAgain) {
  const std::string now = core::http_date(api.clock.now());
  const std::string before = core::http_date(api.clock.now() - std::chrono::seconds(1));
  const Reply known = api.get(path, {{"If-None-Match", tag}});
  EXPECT_EQ(known.status, 304);
  EXPECT_EQ(known.header("ETag"), tag);
  EXPECT_TRUE(known.body.empty());
  EXPECT_EQ(api.get(path, {{"If-Modified-Since", now}}).status, 304);
  EXPECT_EQ(api.get(path, {{"If-Modified-Since", before}}).status, 200);
  EXPECT_EQ(api.get(path, {{"If-None-Match", "\"x\""}, {"If-Modified-Since", now}}).status, 200);
  EXPECT_EQ(ranged("bytes=0-1", {{"If-None-Match", tag}}).status, 304);
}

TEST_P(MediaContent, IsRedirectedToOnlyWhereThatIsWanted) {
  api.blobs.use_urls(true);
  EXPECT_EQ(api.get(path).status, 200);
  ApiUnderTest redirecting{{.requests_per_second = 0, .delivery = {.redirects = true}}};
  const auto caller = redirecting.sign_in(domain::Role::kUser);
  const Reply made = redirecting.post(
      "/api/v1/media", R"({"file_name":"a.png","type":"image/png","bytes":8})", {caller});
  const std::string target = "/api/v1/media/" + made.at("/id") + "/content";
  Headers headers = {caller};
  EXPECT_EQ(
      redirecting
          .send(
              {.method = "PUT", .target = target, .headers = headers, .body = content.substr(0, 8)})
          .status,
      202);
  EXPECT_EQ(redirecting.get(target, {caller}).status, 200);
  redirecting.blobs.use_urls(true);
  const Reply reply = redirecting.get(target, {caller});
  EXPECT_EQ(reply.status, 302);
  EXPECT_TRUE(reply.header("Location").starts_with("https://store.example/blobs/"));
  EXPECT_EQ(reply.header("Cache-Control"), "no-store");
}

TEST_P(MediaContent, AnObjectThatIsLostIsNotTheClientsFaultToGuess) {
  api.blobs.fail_with({.code = domain::Code::kUnavailable, .message = "The store is away."});
  EXPECT_EQ(api.get(path).status, 503);
}

TEST_P(MediaContent, PreviewsAreThereOnceTheyAreMade) {
  const std::string preview = "/api/v1/media/" + id + "/previews/small.webp";
  EXPECT_EQ(api.get(preview).status, 404);
  domain::MediaProcessing processing(api.media_store, api.units, api.clock);
  fakes::FakeJobRun run(api.jobs.jobs().front());
  const auto media = *domain::MediaId::parse(id);
  EXPECT_TRUE(
      processing.done({}, run, media, {.width = 40, .height = 30, .previews = {"small.webp"}})
          .ok());
  EXPECT_TRUE(
      api.blobs.put({}, domain::preview_key(fakes::hash_of(content), "small.webp"), "webp").ok());
  const Reply reply = api.get(preview);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "webp");
  EXPECT_EQ(reply.header("Content-Type"), "image/webp");
  EXPECT_EQ(api.get(preview, {{"If-None-Match", reply.header("ETag")}}).status, 304);
  EXPECT_NE(reply.header("ETag"), tag);
  const Reply shown = api.get("/api/v1/media/" + id);
  EXPECT_EQ(shown.at("/state"), "ready");
  EXPECT_EQ(shown.at("/width"), "40");
  EXPECT_EQ(shown.at("/previews"), "1 items");
}

INSTANTIATE_TEST_SUITE_P(FromElsewhereAndFromFiles, MediaContent, testing::Bool());

}  // namespace
}  // namespace vigie::http
