#include "server/platform/core/hex.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace vigie::core {
namespace {

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// RFC 4648, section 10; we write lower case.
TEST(Hex, KnowsTheVectorsOfBase16) {
  const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                   {"f", "66"},
                                                                   {"fo", "666F"},
                                                                   {"foo", "666F6F"},
                                                                   {"foob", "666F6F62"},
                                                                   {"fooba", "666F6F6261"},
                                                                   {"foobar", "666F6F626172"}};
  for (const auto& [text, hex] : vectors) {
    std::string lower(hex);
    for (char& c : lower) c = c == 'F' ? 'f' : c;
    EXPECT_EQ(to_hex(bytes_of(text)), lower);
    for (const std::string_view spelling : {hex, std::string_view(lower)}) {
      std::string read(text.size(), '?');
      EXPECT_TRUE(read_hex(spelling, {reinterpret_cast<std::uint8_t*>(read.data()), read.size()}));
      EXPECT_EQ(read, text);
    }
  }
}

TEST(Hex, ReadsBackEveryByte) {
  for (int value = 0; value < 256; ++value) {
    const std::array<std::uint8_t, 1> byte = {static_cast<std::uint8_t>(value)};
    std::array<std::uint8_t, 1> read{};
    EXPECT_TRUE(read_hex(to_hex(byte), read));
    EXPECT_EQ(read, byte);
  }
}

TEST(Hex, RefusesOtherDigitsAndOtherLengths) {
  std::array<std::uint8_t, 2> bytes{};
  for (const std::string_view text : {"", "66", "666", "66666", "666g", "g666", "66 6", "0x66"}) {
    EXPECT_FALSE(read_hex(text, bytes)) << text;
  }
}

}  // namespace
}  // namespace vigie::core
