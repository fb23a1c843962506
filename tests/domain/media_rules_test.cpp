#include "server/domain/media_rules.hpp"

#include <gtest/gtest.h>

#include "server/domain/job_payload.hpp"
#include "server/domain/media_type.hpp"
#include "tests/domain/samples.hpp"

namespace vigie::domain {
namespace {

NewMedia acceptable() {
  return {.file_name = "Été à l'île – ½.jpeg", .type = "image/jpeg", .bytes = 1};
}

std::vector<std::string> faults(const NewMedia& media) {
  return samples::pointers(faults_of(media, MediaLimits{}));
}

TEST(MediaRules, TakeAnyNameThatIsALineOfText) {
  for (const std::string name : {"a", "../../etc/passwd", "C:\\x", "CON", "\"; rm -rf /", "…"}) {
    NewMedia media = acceptable();
    media.file_name = name;
    EXPECT_TRUE(faults(media).empty()) << name;
  }
  for (const std::string& name :
       {std::string(), std::string("  "), std::string("a\nb"), std::string("a\0b", 3),
        std::string("\xff"), std::string(256, 'a')}) {
    NewMedia media = acceptable();
    media.file_name = name;
    EXPECT_EQ(faults(media), std::vector<std::string>{"/file_name"}) << name;
  }
}

TEST(MediaRules, NameEveryFaultAtOnce) {
  const NewMedia media{.file_name = "", .type = "text/html", .bytes = 0, .part_bytes = 1};
  EXPECT_EQ(faults(media),
            (std::vector<std::string>{"/file_name", "/type", "/bytes", "/part_bytes"}));
}

TEST(MediaRules, BoundSizesAndTheNumberOfParts) {
  NewMedia media = acceptable();
  media.bytes = std::int64_t{5} << 30;
  EXPECT_TRUE(faults(media).empty());
  media.part_bytes = std::int64_t{5} << 20;  // 1,024 of them
  EXPECT_EQ(faults(media), std::vector<std::string>{"/part_bytes"});
  media.part_bytes = std::int64_t{6} << 20;
  EXPECT_TRUE(faults(media).empty());
  media.bytes += 1;
  EXPECT_EQ(faults(media), std::vector<std::string>{"/bytes"});
}

TEST(MediaRules, CutIntoOnePartWhatFitsOne) {
  const MediaLimits limits;
  EXPECT_EQ(part_bytes_for(1, limits), 1U);
  EXPECT_EQ(part_bytes_for(limits.part_bytes_max, limits), limits.part_bytes_max);
  EXPECT_EQ(part_bytes_for(limits.part_bytes_max + 1, limits), std::uint64_t{16} << 20);
  const std::uint64_t large = std::uint64_t{40} << 30;
  EXPECT_LE((large + part_bytes_for(large, limits) - 1) / part_bytes_for(large, limits),
            MediaLimits::kPartsMax);
}

TEST(MediaTypes, AreFoundByNameAndAliasInAnyCase) {
  EXPECT_EQ(find_media_type("IMAGE/JPG")->name, "image/jpeg");
  EXPECT_EQ(find_media_type("audio/x-wav")->name, "audio/wav");
  for (const std::string_view name : {"", "text/html", "image/svg+xml", "image/", "image/jpegx"}) {
    EXPECT_EQ(find_media_type(name), nullptr) << name;
  }
}

TEST(MediaTypes, AreWhatTheBytesSayIfThatIsWhatWasDeclared) {
  EXPECT_EQ((*accepted_type("application/ogg", "audio/ogg"))->name, "audio/ogg");
  EXPECT_EQ((*accepted_type("Video/WebM;codecs=vp8,opus", "video/webm"))->name, "video/webm");
  for (const auto& [declared, sniffed] :
       {std::pair("image/jpeg", "image/png"), std::pair("text/html", "text/html"),
        std::pair("image/png", "application/octet-stream"), std::pair("", ""),
        std::pair("audio/ogg", "application/ogg")}) {
    EXPECT_EQ(accepted_type(declared, sniffed).error().code, Code::kMediaTypeNotAllowed);
  }
}

TEST(MediaTypes, AreRefusedWithWhatWasDeclaredWhatItIsAndWhatIsAccepted) {
  const std::string list =
      "image/jpeg, image/png, image/webp, image/gif, image/avif, audio/mpeg, audio/ogg, "
      "audio/flac, audio/wav, video/mp4, video/webm, application/pdf.";
  EXPECT_EQ(accepted_type("image/png; a=b", "image/heic").error().message,
            "The content is image/heic, and was declared as image/png; a=b. This is not one of the "
            "accepted types: " +
                list);
  EXPECT_EQ(accepted_type("image/png", "application/octet-stream").error().message,
            "The content is of no type that is known here, and was declared as image/png. This is "
            "not one of the accepted types: " +
                list);
  EXPECT_EQ(accepted_type("image/png", "image/gif").error().message,
            "The content is image/gif, and was declared as image/png. Accepted types: " + list);
}

TEST(MediaTypes, AreDeclaredWithParametersOfAnyForm) {
  for (const std::string_view declared :
       {"video/webm;codecs=vp8,opus", "video/webm; codecs=\"vp8, opus\"", "VIDEO/WEBM ; a=\";\"",
        " video/webm", "video/webm;", "video/webm;;codecs", "audio/webm;codecs=opus",
        "video/webm\t;\tcodecs=\"a\\\"b\""}) {
    const MediaType* const type = declared_media_type(declared);
    ASSERT_NE(type, nullptr) << declared;
    EXPECT_EQ(type->name, "video/webm") << declared;
  }
  for (const std::string_view declared :
       {"", ";", "video/webm, image/png", "video/webm codecs=vp8", "video / webm",
        "video/webmx;a=b", "text/html;video/webm", "\"video/webm\""}) {
    EXPECT_EQ(declared_media_type(declared), nullptr) << declared;
  }
}

TEST(MediaRules, BoundADeclaredTypeAndItsCharacters) {
  const auto messages = [](const std::string& type) {
    NewMedia media{.file_name = "a.jpeg", .type = type, .bytes = 1};
    std::string text;
    for (const auto& fault : faults_of(media, {})) text += fault.pointer + ' ' + fault.message;
    return text;
  };
  EXPECT_EQ(messages("image/jpeg; charset=binary"), "");
  EXPECT_EQ(messages("image/jpeg;a=" + std::string(255 - 13, 'x')), "");
  EXPECT_EQ(messages("image/jpeg;a=" + std::string(256 - 13, 'x')),
            "/type must have at most 255 characters");
  EXPECT_EQ(messages("image/jpeg;a=\r\nb"), "/type must be of visible ASCII characters and blanks");
  EXPECT_EQ(messages("image/jpeg;a=\u202e"),
            "/type must be of visible ASCII characters and blanks");
  EXPECT_TRUE(
      messages("text/html")
          .starts_with(
              "/type must be one of the accepted types, with parameters or without: image/jpeg, "));
}

TEST(JobPayload, IsReadBackAlsoFromAnotherLayout) {
  EXPECT_EQ(PayloadWriter().take(), "{}");
  const std::string payload = PayloadWriter().text("a", "b").text("b", "1").take();
  EXPECT_EQ(payload, R"({"a":"b","b":"1"})");
  EXPECT_EQ(payload_text(payload, "b"), "1");
  EXPECT_EQ(payload_text("{\"a\" : \"b\",\n \"b\": \"1\"}", "b"), "1");
  EXPECT_FALSE(payload_text(payload, "c"));
  EXPECT_FALSE(payload_text(R"({"a":1})", "a"));
  EXPECT_FALSE(payload_text(R"({"a":"1)", "a"));
  EXPECT_FALSE(payload_text(R"(["a","b"])", "a"));
}

TEST(JobPayload, TellsNamesFromTextsAndInnerObjects) {
  EXPECT_EQ(payload_text(R"({"x":"\"a\":\"1\"","a":"2"})", "a"), "2");
  EXPECT_EQ(payload_text(R"({"x":{"a":"1"},"a":"2"})", "a"), "2");
  EXPECT_FALSE(payload_text(R"({"x":{"a":"1"}})", "a"));
}

TEST(JobPayload, KeepsAnyText) {
  const std::string text = "He said: \"50 €\\month\"\n\x01";
  EXPECT_EQ(payload_text(PayloadWriter().text("a", text).text("b", "c").take(), "a"), text);
}

}  // namespace
}  // namespace vigie::domain
