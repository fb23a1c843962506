#include "server/blob/blob_key.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vigie::blob {
namespace {

TEST(BlobKey, IsSegmentsOfPlainCharacters) {
  for (const std::string key :
       {"a", "blobs/ab/0123", "uploads/0-1", "previews/a/small.webp", "a..b", "a_b/c-d.e"}) {
    EXPECT_TRUE(is_blob_key(key)) << key;
  }
  EXPECT_TRUE(is_blob_key(std::string(200, 'a')));
}

TEST(BlobKey, IsNothingThatAPathCouldBeMisledBy) {
  for (const std::string key : {"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/.b",
                                "A", "a b", "a+", "a\\b", "a%2e", "\xc3\xa9", "a\n"}) {
    EXPECT_FALSE(is_blob_key(key)) << key;
  }
  EXPECT_FALSE(is_blob_key(std::string(201, 'a')));
  EXPECT_FALSE(is_blob_key(std::string("a\0b", 3)));
}

}  // namespace
}  // namespace vigie::blob
