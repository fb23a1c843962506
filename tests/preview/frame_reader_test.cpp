#include "server/preview/frame_reader.hpp"

#include <gtest/gtest.h>

#include "server/preview/protocol.hpp"

namespace vigie::preview {
namespace {

std::string frame(std::string_view name, std::string_view bytes) {
  return std::string(name) + " " + std::to_string(bytes.size()) + "\n" + std::string(bytes);
}

std::string picture(std::string_view name) {
  return name.ends_with(".webp") ? "RIFF....WEBPVP8 " : "\xff\xd8\xff\xe0 picture";
}

std::string whole() {
  std::string all = frame("facts", "{}");
  for (const std::string_view name : kPreviewNames) all += frame(name, picture(name));
  return all + frame("end", "");
}

bool is_taken(std::string_view bytes) { return FrameReader().take(bytes); }

TEST(FrameReader, ReadsFramesInWhateverPiecesTheyCome) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}}) {
    FrameReader reader;
    const std::string all = whole();
    for (std::size_t place = 0; place < all.size(); place += piece) {
      EXPECT_FALSE(reader.is_complete());
      ASSERT_TRUE(reader.take(std::string_view(all).substr(place, piece)));
    }
    ASSERT_TRUE(reader.is_complete());
    ASSERT_EQ(reader.frames().size(), kPreviewNames.size() + 1);
    EXPECT_EQ(reader.frames()[0].bytes, "{}");
    EXPECT_EQ(reader.frames()[1].name, kPreviewNames[0]);
    EXPECT_EQ(reader.frames()[1].bytes, picture(kPreviewNames[0]));
  }
}

TEST(FrameReader, IsNotCompleteWithoutItsLastFrame) {
  FrameReader reader;
  const std::string all = whole();
  EXPECT_TRUE(reader.take(std::string_view(all).substr(0, all.size() - 1)));
  EXPECT_FALSE(reader.is_complete());
}

TEST(FrameReader, TakesOnlyTheNamesOfTheProtocolEachOnceFactsFirst) {
  EXPECT_FALSE(is_taken(frame("small.webp", picture("small.webp"))));
  EXPECT_FALSE(is_taken(frame("facts", "{}") + frame("../../etc/passwd", "x")));
  EXPECT_FALSE(is_taken(frame("facts", "{}") + frame("facts", "{}")));
  const std::string small = frame("small.webp", picture("small.webp"));
  EXPECT_TRUE(is_taken(frame("facts", "{}") + small));
  EXPECT_FALSE(is_taken(frame("facts", "{}") + small + small));
  EXPECT_FALSE(is_taken(frame("facts", "{}") + frame("end", "")));
  EXPECT_FALSE(is_taken(whole() + "x"));
}

TEST(FrameReader, TakesNoHeadThatIsNotOne) {
  for (const std::string_view head :
       {"facts\n", "facts -1\n", "facts 1x\n", "facts  1\n", "\n", "facts 99999999999999999999\n",
        "facts 0\n", "facts 5000\n"}) {
    EXPECT_FALSE(is_taken(head)) << head;
  }
  EXPECT_FALSE(is_taken(std::string(1000, 'a')));
}

TEST(FrameReader, TakesNoPreviewThatDoesNotBeginAsItsFormatDoes) {
  EXPECT_FALSE(is_taken(frame("facts", "{}") + frame("small.jpeg", "<html>script</html>")));
  EXPECT_FALSE(is_taken(frame("facts", "{}") + frame("small.webp", "RIFF....WAVEfmt ")));
}

TEST(FrameReader, TakesNoMoreThanItsBound) {
  FrameReader reader;
  ASSERT_TRUE(reader.take(frame("facts", "{}") + "small.jpeg 33554432\n\xff\xd8\xff"));
  const std::string megabyte(std::size_t{1} << 20, 'x');
  int taken = 0;
  while (taken < 100 && reader.take(megabyte)) ++taken;
  EXPECT_EQ(taken, 31);
}

}  // namespace
}  // namespace vigie::preview
