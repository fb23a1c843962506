#include "server/blob/shared_key.hpp"

#include <gtest/gtest.h>

#include "server/blob/azure_blocks.hpp"
#include "server/blob/azure_listing.hpp"
#include "server/platform/core/base64.hpp"

namespace vigie::blob {
namespace {

using namespace std::chrono_literals;

/// The emulators' account, which everybody knows.
constexpr std::string_view kAccount = "devstoreaccount1";
constexpr std::string_view kKey =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

SharedKey key_of(std::string_view account) {
  return {std::string(account), core::base64_decoded(kKey).value()};
}

/// The example of "Authorize with Shared Key".
TEST(SharedKey, SignsWhatTheSpecificationSays) {
  const SignedRequest::Pairs query = {
      {"restype", "container"}, {"timeout", "20"}, {"comp", "metadata"}};
  const SignedRequest::Pairs headers = {{"x-ms-version", "2015-02-21"},
                                        {"x-ms-date", "Fri, 26 Jun 2015 23:39:12 GMT"}};
  const SignedRequest request{
      .method = "GET", .path = "/mycontainer", .query = query, .headers = headers};
  const SharedKey key = key_of("myaccount");
  EXPECT_EQ(key.string_to_sign(request),
            "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\n"
            "x-ms-version:2015-02-21\n/myaccount/mycontainer\ncomp:metadata\nrestype:container\n"
            "timeout:20");
  EXPECT_EQ(key.authorization(request),
            "SharedKey myaccount:1u9lui2jDxj0+fpbHjQ5m5NnastJRSYM+PSmfi8TXx4=");
}

TEST(SharedKey, SignsLengthTypeAndConditionsOfAnUpload) {
  const SignedRequest::Pairs query = {{"blockid", "QUJD+/8="}, {"comp", "block"}};
  const SignedRequest::Pairs headers = {{"content-type", "application/octet-stream"},
                                        {"if-match", "\"0x8D\""},
                                        {"x-ms-blob-type", "BlockBlob"},
                                        {"x-ms-date", "Sat, 21 Nov 2026 17:00:00 GMT"},
                                        {"x-ms-version", "2020-12-06"}};
  EXPECT_EQ(key_of(kAccount).authorization({.method = "PUT",
                                            .path = "/devstoreaccount1/vigie/blobs/ab/cd",
                                            .query = query,
                                            .headers = headers,
                                            .content_length = 11}),
            "SharedKey devstoreaccount1:Q5gAfW/nLJcrUcKqv7Yqzab3aAQjAQmRdEV1fVgC+7A=");
}

/// The signature is the one that Azurite 3.35 computes.
TEST(SharedKey, SignsAUrlThatReadsOneBlobForAWhile) {
  const domain::Timestamp expires_at =
      std::chrono::sys_days(std::chrono::year(2026) / 11 / 21) + 17h;
  EXPECT_EQ(key_of(kAccount).read_query("vigie/blobs/ab/cd", expires_at, "https"),
            "sv=2020-12-06&sr=b&sp=r&se=2026-11-21T17%3A00%3A00Z&spr=https&"
            "sig=DghSBegcQoG%2FaiUa2DolEsS8YcG3NpNVAoD5TQW%2BmRg%3D");
}

TEST(AzureBlocks, AreNamedByTheTokenOfTheirPart) {
  const BlockNames names{.write = std::string(32, 'a'), .count = 2};
  EXPECT_EQ(BlockNames::parse(names.token())->token(), names.token());
  EXPECT_EQ(names.id(0).size(), names.id(12'345).size());
  EXPECT_EQ(core::base64_decoded(names.id(7)), std::string(32, 'a') + "00007");
  for (const std::string& token :
       {std::string(), std::string("x"), std::string(32, 'a'), std::string(32, 'a') + ".",
        std::string(32, 'g') + ".1", std::string(32, 'a') + ".1x", std::string(32, 'a') + ".-1"}) {
    EXPECT_FALSE(BlockNames::parse(token)) << token;
  }
  // No receipt can name more blocks than it has bytes: a list has a bound.
  EXPECT_FALSE(block_ids({"uploads/a", {{1, {}, std::string(32, 'a') + ".4000000000"}}}));
}

TEST(AzureListing, LeavesOutWhatItDoesNotUnderstand) {
  const domain::Timestamp now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 21);
  const AzurePage page = parse_page(
      "<EnumerationResults><Blobs>"
      "<Blob><Name>a/b</Name><Properties><Last-Modified>Sun, 06 Nov 1994 08:49:37 GMT"
      "</Last-Modified><Content-Length>5</Content-Length></Properties></Blob>"
      "<Blob><Name>Foreign name</Name></Blob><Blob><Name>a/../b</Name></Blob>"
      "<Blob><Name>young</Name></Blob><Blob><Name>cut",
      now);
  ASSERT_EQ(page.blobs.size(), 2U);
  EXPECT_EQ(page.blobs[0].key, "a/b");
  EXPECT_EQ(page.blobs[0].facts.bytes, 5U);
  EXPECT_LT(page.blobs[0].facts.modified_at, now);
  EXPECT_EQ(page.blobs[1].facts.modified_at, now);
  EXPECT_EQ(page.next_marker, "");
  EXPECT_TRUE(parse_page("garbage", now).blobs.empty());
}

}  // namespace
}  // namespace vigie::blob
