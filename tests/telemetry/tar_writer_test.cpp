#include "telemetry/tar_writer.hpp"

#include <gtest/gtest.h>

#include <string>

#include "telemetry/gzip_stream.hpp"

namespace vigie::telemetry {
namespace {

TEST(TarWriter, WritesWholeBlocksAndAChecksum) {
  std::string tar;
  TarWriter writer([&tar](std::string_view bytes) {
    tar.append(bytes);
    return true;
  });
  EXPECT_TRUE(writer.add("a/empty", "", 1));
  EXPECT_TRUE(writer.add("a/full", std::string(512, 'x'), 1));
  EXPECT_TRUE(writer.add("a/more", std::string(513, 'y'), 1'893'456'000));
  EXPECT_TRUE(writer.finish());
  ASSERT_EQ(tar.size(), 512U * (1 + 2 + 3 + 2));
  const std::string header = tar.substr(3 * 512, 512);
  EXPECT_EQ(header.substr(0, 6), "a/more");
  EXPECT_EQ(header.substr(124, 11), "00000001001");  // 513
  EXPECT_EQ(header.substr(257, 5), "ustar");
  std::uint64_t sum = 8 * ' ';
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (i < 148 || i >= 156) sum += static_cast<unsigned char>(header[i]);
  }
  EXPECT_EQ(std::stoul(header.substr(148, 6), nullptr, 8), sum);
}

TEST(TarWriter, StopsWhenNobodyTakesMore) {
  TarWriter writer([](std::string_view) { return false; });
  EXPECT_FALSE(writer.add("a", "b", 1));
}

TEST(GzipStream, GivesItsBytesPieceByPiece) {
  std::size_t calls = 0;
  std::size_t largest = 0;
  GzipStream gzip([&](std::string_view bytes) {
    ++calls;
    largest = std::max(largest, bytes.size());
    return true;
  });
  std::string noise(300'000, '\0');
  std::uint32_t seed = 1;
  for (char& byte : noise) byte = static_cast<char>((seed = seed * 1664525U + 1013904223U) >> 24);
  EXPECT_TRUE(gzip.write(noise));
  EXPECT_TRUE(gzip.finish());
  EXPECT_GT(calls, 5U);
  EXPECT_LE(largest, 32U * 1024);
}

TEST(GzipStream, EndsWhenNobodyTakesMore) {
  GzipStream gzip([](std::string_view) { return false; });
  (void)gzip.write(std::string(1'000'000, 'a'));
  EXPECT_FALSE(gzip.finish());
}

}  // namespace
}  // namespace vigie::telemetry
