#include "server/domain/id.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "server/domain/uuid_v7.hpp"
#include "tests/domain/samples.hpp"
#include "tests/fakes/fake_clock.hpp"

namespace vigie::domain {
namespace {

constexpr std::string_view kText = "019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5b";

TEST(Uuid, ReadsWhatItWrites) { EXPECT_EQ(Uuid::parse(kText)->to_string(), kText); }

TEST(Uuid, ReadsCapitals) {
  EXPECT_EQ(Uuid::parse("019A1B2C-3D4E-7F60-8A9B-0C1D2E3F4A5B"), Uuid::parse(kText));
}

TEST(Uuid, RefusesEveryOtherForm) {
  for (const std::string_view text :
       {"", "019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5", "019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5bc",
        "019a1b2c3d4e7f608a9b0c1d2e3f4a5b", "{019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5}",
        "019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5g", "019a1b2c-3d4e-7f608-a9b-0c1d2e3f4a5b",
        "-19a1b2c03d4e-7f60-8a9b-0c1d2e3f4a5b"}) {
    EXPECT_FALSE(Uuid::parse(text)) << text;
  }
}

class UuidV7 : public testing::Test {
 protected:
  fakes::FakeClock clock_{Timestamp{std::chrono::milliseconds{0x017F22E279B0}}};
};

TEST_F(UuidV7, HasTheFieldsOfTheSpecification) {
  // RFC 9562, appendix A.6: time 017F22E279B0; version and variant beside fixed random bits.
  UuidV7Source source(clock_, [](std::span<std::uint8_t> bytes) {
    std::fill(bytes.begin(), bytes.end(), std::uint8_t{0xff});
  });
  EXPECT_EQ(source.next().to_string(), "017f22e2-79b0-77ff-bfff-ffffffffffff");
}

TEST_F(UuidV7, GrowsWhileTheClockStandsStillOrGoesBack) {
  UuidV7Source source(clock_, [](std::span<std::uint8_t> bytes) {
    std::fill(bytes.begin(), bytes.end(), std::uint8_t{0});
  });
  Uuid last = source.next();
  for (int i = 0; i < 10'000; ++i) {
    if (i == 5'000) clock_.advance(std::chrono::seconds{-10});
    const Uuid next = source.next();
    ASSERT_LT(last, next) << i;
    ASSERT_EQ(next.bytes[6] >> 4, 7);
    ASSERT_EQ(next.bytes[8] >> 6, 2);
    last = next;
  }
}

}  // namespace
}  // namespace vigie::domain
