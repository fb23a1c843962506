#include "server/preview/magic_media_types.hpp"

#include <gtest/gtest.h>

#include <map>

#include "tests/fakes/fake_cpu_pool.hpp"
#include "tests/preview/samples.hpp"

namespace vigie::preview {
namespace {

using namespace testing;

class Sniffing : public ::testing::Test {
 protected:
  std::string told(std::string_view content) {
    const auto name = types_.sniff({}, content.substr(0, domain::kMediaHeadBytes));
    EXPECT_TRUE(name.ok());
    return name ? *name : "";
  }
  /// The allowed type that it is; empty when it is none.
  std::string type_of(std::string_view content) {
    const domain::MediaType* const type = domain::find_media_type(told(content));
    return type == nullptr ? "" : std::string(type->name);
  }

  fakes::FakeCpuPool pool_;
  MagicMediaTypes types_{pool_};
};

TEST_F(Sniffing, KnowsPictures) {
  EXPECT_EQ(type_of(made("display-p3.jpeg")), "image/jpeg");
  EXPECT_EQ(type_of(made("transparent.png")), "image/png");
  EXPECT_EQ(type_of(made("wide.webp")), "image/webp");
  EXPECT_EQ(type_of(made("colours.avif")), "image/avif");
  EXPECT_EQ(type_of(gif(10, 10, 2)), "image/gif");
}

TEST_F(Sniffing, KnowsRealPhotographsSoundsAndDocuments) {
  const std::map<std::string, std::string> files{
      {"/usr/share/backgrounds/mate/nature/Dune.jpg", "image/jpeg"},
      {"/usr/share/backgrounds/mate/abstract/Elephants_3840x2160.jpg", "image/jpeg"},
      {"/usr/share/backgrounds/mate/desktop/MATE-Stripes-Dark.png", "image/png"},
      {"/usr/share/sounds/freedesktop/stereo/complete.oga", "audio/ogg"},
      {"/usr/share/sounds/sound-icons/trumpet-12.wav", "audio/wav"},
      {"/usr/share/gocode/src/golang.org/x/image/testdata/yellow_rose.lossless.webp", "image/webp"},
      {"/usr/share/gocode/src/github.com/hjfreyer/taglib-go/taglib/testdata/BeatThee.mp3",
       "audio/mpeg"},
      {"/usr/share/developers-reference/developers-reference.pdf", "application/pdf"}};
  for (const auto& [path, type] : files) {
    const std::string content = content_of(path);
    if (content.empty()) GTEST_SKIP() << path << " is not installed (docs/media-samples.md)";
    EXPECT_EQ(type_of(content), type) << path;
  }
}

TEST_F(Sniffing, KnowsSoundsAndFilmsByTheirFirstBytes) {
  using namespace std::string_literals;
  const std::string rest(512, '\0');
  EXPECT_EQ(type_of("ID3\x03\0\0\0\0\0\0\xff\xfb\x90\x64"s + rest), "audio/mpeg");
  EXPECT_EQ(type_of("\xff\xfb\x90\x64"s + rest), "audio/mpeg");
  EXPECT_EQ(type_of("fLaC\0\0\0\x22\x10\0\x10\0\0\0\0\0\0\0\x0a\xc4\x42\xf0"s + rest),
            "audio/flac");
  EXPECT_EQ(type_of("\0\0\0\x20"
                    "ftypisom\0\0\x02\0isomiso2avc1mp41"s +
                    rest),
            "video/mp4");
  EXPECT_EQ(type_of("\0\0\0\x20"
                    "ftypM4A \0\0\0\0M4A mp42isom\0\0\0\0"s +
                    rest),
            "video/mp4");
  EXPECT_EQ(type_of("\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04"
                    "\x42\xf3\x81\x08\x42\x82\x84webm\x42\x87\x81\x02\x42\x85\x81\x02"s +
                    rest),
            "video/webm");
}

/// A tag with the picture of a cover is longer than the head: the sound comes behind it.
TEST_F(Sniffing, KnowsMusicByATagThatIsLongerThanTheHead) {
  using namespace std::string_literals;
  const std::string rest(domain::kMediaHeadBytes, '\0');
  EXPECT_EQ(type_of("ID3\x03\0\0\0\x08\x60\0TIT2"s + rest), "audio/mpeg");
  EXPECT_EQ(type_of("ID3\x02\0\0\0\x08\x60\0TT2\0"s + rest), "audio/mpeg");
  EXPECT_EQ(type_of("ID3\x04\0\x40\0\x08\x60\0\0\0\0\x06"s + rest), "audio/mpeg");
  for (const std::string& other :
       {"ID3\x03\0\0\0\0\x07\x60TIT2"s + rest,    // it ends here, and no sound follows
        "ID3\x03\0\0\0\x88\x60\0TIT2"s + rest,    // no length
        "ID3\x05\0\0\0\x08\x60\0TIT2"s + rest,    // no version
        "ID3\x03\0\x01\0\x08\x60\0TIT2"s + rest,  // no flags
        "ID3\x03\0\0\0\x08\x60\0<scr"s + rest,    // no frame
        "ID3\x03\0\0\0\x08\x60\0TI"s, "ID3"s}) {
    EXPECT_EQ(type_of(other), "") << other.substr(0, 14);
  }
}

TEST_F(Sniffing, TellsWhatIsNotAllowedFromWhatItPretendsToBe) {
  for (const std::string_view content :
       {"",
        "\x7f"
        "ELF\x02\x01\x01",
        "<!DOCTYPE html><script>alert(1)</script>", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        "#!/bin/sh\nrm -rf /\n", "MZ\x90", "PK\x03\x04", "just words", "\x1f\x8b\x08"}) {
    EXPECT_EQ(type_of(content), "") << content;
  }
}

TEST_F(Sniffing, TakesEveryMutationOfAHeadWithoutAFault) {
  const std::string image = made("display-p3.jpeg");
  for (std::uint32_t seed = 0; seed < 2000; ++seed) EXPECT_NE(told(mutated(image, seed)), "");
}

TEST_F(Sniffing, IsRefusedWhenThePoolIsFullOrTheDeadlinePasses) {
  pool_.answer_with(net::CpuPool::Outcome::kRefused);
  EXPECT_EQ(types_.sniff({}, "x").error().code, domain::Code::kOverloaded);
  pool_.answer_with(net::CpuPool::Outcome::kTimedOut);
  EXPECT_EQ(types_.sniff({}, "x").error().code, domain::Code::kDeadlineExceeded);
  pool_.run_kept();
}

}  // namespace
}  // namespace vigie::preview
