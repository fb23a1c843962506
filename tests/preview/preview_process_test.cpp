#include "server/preview/preview_process.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>

#include "server/net/runtime.hpp"
#include "server/preview/protocol.hpp"
#include "tests/fakes/blob_contents.hpp"
#include "tests/preview/samples.hpp"

namespace vigie::preview {
namespace {

using namespace std::chrono_literals;
using namespace testing;

constexpr std::uint64_t kMebibyte = std::uint64_t{1024} * 1024;

PreviewOptions options() { return {.program = PREVIEW_PROGRAM}; }

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator fds("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(fds), end(fds)));
}

class Previews : public ::testing::Test {
 protected:
  ~Previews() override {
    EXPECT_EQ(runtime_.uncaught_exceptions(), 0U);
    EXPECT_EQ(open_descriptors(), descriptors_) << "a descriptor was left open";
  }

  domain::Result<Made> try_to_make(domain::BlobContent content,
                                   const PreviewOptions& with = options(),
                                   std::chrono::milliseconds patience = 60s) {
    std::optional<domain::Result<Made>> made;
    net::run_on_fiber(runtime_, 0, [&] {
      domain::Context context;
      context.deadline = std::chrono::steady_clock::now() + patience;
      made = PreviewProcess(with).make(context, std::move(content));
    });
    return std::move(*made);
  }
  Made make(std::string_view image, const PreviewOptions& with = options()) {
    auto made = try_to_make(fakes::in_file(image), with);
    EXPECT_TRUE(made.ok()) << (made ? "" : made.error().detail);
    return made ? std::move(*made) : Made{};
  }
  Outcome outcome_of(std::string_view image, const PreviewOptions& with = options()) {
    const Made made = make(image, with);
    EXPECT_EQ(made.previews.empty(), made.outcome != Outcome::kReady);
    EXPECT_EQ(made.detail.empty(), made.outcome == Outcome::kReady) << made.detail;
    return made.outcome;
  }

  net::Runtime runtime_{
      {.reactor_count = 1, .fiber_stack_bytes = std::size_t{256} * 1024, .name = "test"}};
  const std::size_t descriptors_ = open_descriptors();
};

std::string find_preview(const Made& made, std::string_view name) {
  const auto found = std::find_if(made.previews.begin(), made.previews.end(),
                                  [&](const Frame& frame) { return frame.name == name; });
  return found == made.previews.end() ? "" : found->bytes;
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

double mean(const std::string& description, int band) {
  const std::string name = "mean" + std::to_string(band) + " ";
  const std::size_t place = description.find(name);
  return place == std::string::npos ? -1 : std::stod(description.substr(place + name.size()));
}

TEST_F(Previews, OfAPhotographAreThreeSizesInTwoFormats) {
  const auto images = photographs();
  if (images.empty()) GTEST_SKIP() << "mate-backgrounds is not installed";
  const Made made = make(images[2]);
  ASSERT_EQ(made.outcome, Outcome::kReady) << made.detail;
  EXPECT_EQ(made.facts.format, "jpeg");
  EXPECT_EQ(made.facts.width, 3840);
  EXPECT_EQ(made.facts.height, 2160);
  EXPECT_FALSE(made.facts.has_alpha);
  EXPECT_EQ(made.facts.pages, 1);
  ASSERT_EQ(made.previews.size(), kPreviewNames.size());
  const std::map<std::string, std::string> sizes{
      {"small", "size 256x144"}, {"medium", "size 1024x576"}, {"large", "size 2048x1152"}};
  for (const auto& [name, size] : sizes) {
    const std::string webp = described(find_preview(made, name + ".webp"));
    const std::string jpeg = described(find_preview(made, name + ".jpeg"));
    EXPECT_TRUE(has_line(webp, size) && has_line(webp, "loader webpload_source")) << webp;
    EXPECT_TRUE(has_line(jpeg, size) && has_line(jpeg, "loader jpegload_source")) << jpeg;
  }
}

TEST_F(Previews, AreTheSameWhetherTheContentLiesInAFileOrArrivesInPieces) {
  const auto images = photographs();
  if (images.empty()) GTEST_SKIP() << "mate-backgrounds is not installed";
  const Made from_file = make(images[0]);
  const auto from_pieces = try_to_make(fakes::in_pieces(images[0], 10'000));
  ASSERT_TRUE(from_pieces.ok());
  ASSERT_EQ(from_pieces->outcome, Outcome::kReady) << from_pieces->detail;
  ASSERT_EQ(from_file.previews.size(), from_pieces->previews.size());
  for (std::size_t i = 0; i < from_file.previews.size(); ++i) {
    EXPECT_EQ(from_file.previews[i].bytes, from_pieces->previews[i].bytes);
  }
}

TEST_F(Previews, StandUprightWhateverTheCameraSays) {
  const auto images = photographs();
  if (images.empty()) GTEST_SKIP() << "mate-backgrounds is not installed";
  const std::string turned = with_tags(images[0], {"-Orientation#=6"});
  if (turned.empty()) GTEST_SKIP() << "exiftool is not installed";
  const Made made = make(turned);
  ASSERT_EQ(made.outcome, Outcome::kReady) << made.detail;
  EXPECT_TRUE(made.facts.is_orientation_applied);
  EXPECT_EQ(made.facts.width, 1050);
  EXPECT_EQ(made.facts.height, 1680);
  const std::string medium = described(find_preview(made, "medium.webp"));
  EXPECT_TRUE(has_line(medium, "size 640x1024")) << medium;
}

TEST_F(Previews, TellNothingOfWhoTookThePictureAndWhere) {
  const auto images = photographs();
  if (images.empty()) GTEST_SKIP() << "mate-backgrounds is not installed";
  const std::string tagged =
      with_tags(images[0], {"-GPSLatitude=48.8584", "-GPSLatitudeRef=N", "-GPSLongitude=2.2945",
                            "-GPSLongitudeRef=E", "-Artist=Somebody", "-XMP:Creator=Somebody",
                            "-IPTC:By-line=Somebody", "-Comment=home"});
  if (tagged.empty()) GTEST_SKIP() << "exiftool is not installed";
  const std::string before = metadata_of(tagged);
  for (const char* tag : {"GPSLatitude", "Artist", "Creator", "By-line", "Make"}) {
    ASSERT_NE(before.find(tag), std::string::npos) << "exiftool does not see " << tag;
  }
  const Made made = make(tagged);
  ASSERT_EQ(made.outcome, Outcome::kReady) << made.detail;
  for (const Frame& preview : made.previews) {
    EXPECT_EQ(metadata_of(preview.bytes), "end\n") << preview.name;
    const std::string description = described(preview.bytes);
    ASSERT_FALSE(description.empty());
    for (const char* field : {"exif", "xmp", "iptc", "icc-profile", "jpeg-thumbnail"}) {
      EXPECT_EQ(description.find(std::string("field ") + field), std::string::npos) << description;
    }
  }
}

TEST_F(Previews, AreInSrgb) {
  const std::string image = made("display-p3.jpeg");
  ASSERT_NE(described(image).find("field icc-profile-data"), std::string::npos);
  EXPECT_NEAR(mean(described(image), 0), 200, 2);
  const Made made = make(image);
  ASSERT_EQ(made.outcome, Outcome::kReady) << made.detail;
  const std::string small = described(find_preview(made, "small.jpeg"));
  ASSERT_TRUE(has_line(small, "bands 3")) << small;
  // The same colour, said in sRGB: more red, less blue.
  EXPECT_GT(mean(small, 0), 208) << small;
  EXPECT_LT(mean(small, 2), 45) << small;
}

TEST_F(Previews, OfInksAreInSrgbToo) {
  const Made made = make(testing::made("cmyk.jpeg"));
  ASSERT_EQ(made.outcome, Outcome::kReady) << made.detail;
  const std::string small = described(find_preview(made, "small.webp"));
  EXPECT_TRUE(has_line(small, "bands 3")) << small;
  // Magenta and yellow make red.
  EXPECT_GT(mean(small, 0), 150) << small;
  EXPECT_LT(mean(small, 2), 100) << small;
}

TEST_F(Previews, KeepTransparencyWhereTheFormatCanAndAreWhiteWhereNot) {
  const Made made = make(testing::made("transparent.png"));
  ASSERT_EQ(made.outcome, Outcome::kReady) << made.detail;
  EXPECT_TRUE(made.facts.has_alpha);
  EXPECT_TRUE(has_line(described(find_preview(made, "small.webp")), "bands 4"));
  const std::string jpeg = described(find_preview(made, "small.jpeg"));
  EXPECT_TRUE(has_line(jpeg, "bands 3")) << jpeg;
  EXPECT_GT(mean(jpeg, 2), 250) << jpeg;
}

TEST_F(Previews, AreNeverLargerThanTheImage) {
  const Made made = make(testing::made("transparent.png"));
  ASSERT_EQ(made.outcome, Outcome::kReady) << made.detail;
  EXPECT_TRUE(has_line(described(find_preview(made, "large.webp")), "size 300x100"));
  EXPECT_TRUE(has_line(described(find_preview(made, "medium.jpeg")), "size 300x100"));
  EXPECT_TRUE(has_line(described(find_preview(made, "small.jpeg")), "size 256x85"));
}

TEST_F(Previews, AreMadeOfEveryAllowedFormat) {
  for (const std::string name : {"gray.png", "wide.webp", "colours.avif"}) {
    const Made made = make(testing::made(name));
    EXPECT_EQ(made.outcome, Outcome::kReady) << name << ": " << made.detail;
    EXPECT_EQ("." + made.facts.format, name.substr(name.find('.')));
  }
  EXPECT_EQ(make(black_png(300, 200)).facts.format, "png");
  const Made animation = make(gif(64, 64, 200));
  EXPECT_EQ(animation.outcome, Outcome::kReady) << animation.detail;
  EXPECT_EQ(animation.facts.format, "gif");
  EXPECT_EQ(animation.facts.pages, 200);
}

TEST_F(Previews, AreNotMadeOfWhatIsNoAllowedImage) {
  EXPECT_EQ(outcome_of(""), Outcome::kFailed);
  EXPECT_EQ(outcome_of("no image at all"), Outcome::kFailed);
  EXPECT_EQ(outcome_of(testing::made("gray.tiff")), Outcome::kFailed);
  EXPECT_EQ(outcome_of("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"/>"),
            Outcome::kFailed);
  EXPECT_EQ(outcome_of("%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n%%EOF"), Outcome::kFailed);
  EXPECT_EQ(outcome_of("P5 10 10 255\n" + std::string(100, 'x')), Outcome::kFailed);
  EXPECT_EQ(outcome_of("push graphic-context\nimage over 0,0 0,0 'label:@/etc/passwd'\n"),
            Outcome::kFailed);
}

TEST_F(Previews, AreNotMadeOfWhatIsCutOff) {
  const auto images = photographs();
  if (images.empty()) GTEST_SKIP() << "mate-backgrounds is not installed";
  for (const std::string& image : images) {
    EXPECT_EQ(outcome_of(image.substr(0, image.size() / 2)), Outcome::kFailed);
  }
  const std::string png = black_png(4000, 4000);
  EXPECT_EQ(outcome_of(png.substr(0, png.size() / 2)), Outcome::kFailed);
}

TEST_F(Previews, AreNotMadeOfMorePixelsThanAllowed) {
  const Made made = make(png_header(2'000'000, 2'000'000));
  EXPECT_EQ(made.outcome, Outcome::kFailed);
  EXPECT_EQ(make(black_png(12'000, 12'000)).outcome, Outcome::kFailed);
  EXPECT_NE(make(black_png(12'000, 12'000)).detail.find("too many pixels"), std::string::npos);
  EXPECT_EQ(outcome_of(gif(1000, 1000, 10'000)), Outcome::kFailed);
}

TEST_F(Previews, OfABombCostItsOwnMemoryAndNoMore) {
  PreviewOptions with = options();
  with.memory_bytes_max = 96 * kMebibyte;
  // 98 million pixels in half a megabyte, which must be unpacked all at once.
  const std::string bomb = black_png(9'900, 9'900, true);
  ASSERT_LT(bomb.size(), 500'000U);
  EXPECT_EQ(outcome_of(bomb, with), Outcome::kMemory);
  // The same program, an image later.
  EXPECT_EQ(outcome_of(black_png(300, 200), with), Outcome::kReady);
}

TEST_F(Previews, ThatTakeTooLongAreGivenUp) {
  PreviewOptions with = options();
  with.timeout = 20ms;
  EXPECT_EQ(outcome_of(black_png(9'900, 9'900), with), Outcome::kTimeout);
}

TEST_F(Previews, AreOursToTryAgainWhenTheRequestsOwnDeadlinePasses) {
  const auto made = try_to_make(fakes::in_file(black_png(9'900, 9'900)), options(), 20ms);
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code, domain::Code::kDeadlineExceeded);
}

TEST_F(Previews, AreOursToTryAgainWhenThereIsNoProgram) {
  const auto made = try_to_make(fakes::in_file("x"), {.program = "/nowhere/vigie-preview"});
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code, domain::Code::kUnavailable);
}

/// A program that does not keep to what was agreed is one that an image has taken over.
TEST_F(Previews, AreNotBelievedFromAProgramThatWasTakenOver) {
  EXPECT_EQ(outcome_of("x", {.program = "/bin/ls"}), Outcome::kCrashed);
  EXPECT_EQ(outcome_of("x", {.program = "/usr/bin/yes"}), Outcome::kCrashed);
}

TEST_F(Previews, OfAFewHundredDamagedFilesCostOneOutcomeEach) {
  std::vector<std::string> seeds{testing::made("display-p3.jpeg"), testing::made("colours.avif"),
                                 testing::made("transparent.png"), testing::made("wide.webp"),
                                 gif(64, 64, 20)};
  const std::string photograph = content_of("/usr/share/backgrounds/mate/nature/GreenMeadow.jpg");
  if (!photograph.empty()) seeds.push_back(photograph);
  std::map<Outcome, int> outcomes;
  constexpr std::uint32_t kFiles = 200;
  for (std::uint32_t seed = 0; seed < kFiles; ++seed) {
    const Made made = make(mutated(seeds[seed % seeds.size()], seed));
    ++outcomes[made.outcome];
    if (made.outcome == Outcome::kCrashed) {
      std::printf("seed %u: %s\n", seed, made.detail.c_str());
    }
  }
  // Some survive their damage, most do not; neither hangs.
  EXPECT_GT(outcomes[Outcome::kReady], 0);
  EXPECT_GT(outcomes[Outcome::kFailed], 100);
  EXPECT_EQ(outcomes[Outcome::kTimeout], 0);
  for (const auto& [outcome, count] : outcomes) {
    std::printf("%s %d\n", name_of(outcome).data(), count);
  }
  EXPECT_EQ(outcome_of(black_png(300, 200)), Outcome::kReady);
}

}  // namespace
}  // namespace vigie::preview
