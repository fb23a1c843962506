#include "server/domain/password_rules.hpp"

#include <gtest/gtest.h>

#include <string>

#include "server/domain/account_rules.hpp"

namespace vigie::domain {
namespace {

/// The fault, or "fine".
std::string verdict(std::string_view password) {
  FieldFaults faults;
  check_password(faults, "/password", password,
                 {.email = "grace.hopper@example.org", .display_name = "Amazing Grace"});
  const auto found = std::move(faults).take();
  if (found.empty()) return "fine";
  EXPECT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].pointer, "/password");
  return found[0].message;
}

std::string times(int count, const std::string& text) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

constexpr std::string_view kFirst =
    "is among the passwords that are tried first: take other words, or more";
constexpr std::string_view kOwn = "must not be made of the e-mail address or the display name";

TEST(PasswordRules, CountCharacters) {
  EXPECT_EQ(verdict("zq8!vn2#kd1"), "must have at least 12 characters");
  EXPECT_EQ(verdict("zq8!vn2#kd1x"), "fine");
  // Six characters of two bytes each are six.
  EXPECT_EQ(verdict("éàüöñç"), "must have at least 12 characters");
  EXPECT_EQ(verdict("éàüöñçßøåæþð"), "fine");
  EXPECT_EQ(verdict("🐎🔋📎🌊🎻🪴🧭🫖🧶🛶🪁🎈"), "fine");
  std::string longest;
  for (int i = 0; i < 64; ++i) longest += "éxàz";
  longest[0] = '\xc3';
  EXPECT_EQ(verdict(longest + "!"), "must have at most 256 characters");
  EXPECT_EQ(verdict(std::string(100'000, 'x')), "must have at most 256 characters");
}

TEST(PasswordRules, AskForNoComposition) {
  for (const std::string_view password :
       {"correct horse battery", "four other words than these", "blueorchardvelvet", "839201746650",
        "monkey 5 rides on 3 dragons", "пароль на каждый день", "  spaces around it  ",
        "correct horse 1", "a long enough passphrase"}) {
    EXPECT_EQ(verdict(password), "fine") << password;
  }
}

TEST(PasswordRules, RefuseWhatNobodySees) {
  EXPECT_EQ(verdict(std::string(12, ' ')), "must not be blank");
  EXPECT_EQ(verdict(times(12, "\u00a0")), "must not be blank");
  EXPECT_EQ(verdict(times(12, "\u200b")), "must not be blank");
  EXPECT_EQ(verdict(times(6, " \t")), "must not be blank");
}

TEST(PasswordRules, RefuseWhatIsTriedFirst) {
  for (const std::string_view password :
       {"password1234", "Password1234", "PASSWORD1234", "1234password",   "password!!!!",
        "!password123", "sonyericsson", "q1w2e3r4t5y6", "needforspeed",   "passwordpassword",
        "dragondragon", "xxxxxxxxxxxx", "abababababab", "abcabcabcabcab", "abcdefghijkl",
        "123456789012", "987654321098", "zyxwvutsrqpo", "123412341234",   "iloveyou2024",
        "qwertyqwerty", "0000000000000"}) {
    EXPECT_EQ(verdict(password), kFirst) << password;
  }
}

TEST(PasswordRules, RefuseWhatIsKnownOfItsOwner) {
  for (const std::string_view password :
       {"grace.hopper@example.org", "Grace.Hopper@Example.org", "grace.hopper1", "xgrace.hopper",
        "amazing grace", "Amazing Grace 1", "2024 amazing grace"}) {
    EXPECT_EQ(verdict(password), kOwn) << password;
  }
  // With enough besides it is another one.
  EXPECT_EQ(verdict("grace.hopper wrote compilers"), "fine");
}

TEST(PasswordRules, LeaveShortNamesAlone) {
  FieldFaults faults;
  check_password(faults, "/password", "banana smoothie",
                 {.email = "ana@example.org", .display_name = "Ana"});
  EXPECT_TRUE(std::move(faults).take().empty());
}

TEST(PasswordRules, HaveASortedListOfManyThousand) {
  std::size_t count = 0;
  std::string_view last;
  std::string_view rest = kCommonPasswords;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find(' '));
    EXPECT_LT(last, line);
    EXPECT_TRUE(is_common_password(line));
    last = line;
    rest.remove_prefix(line.size() + 1);
    ++count;
  }
  EXPECT_GT(count, 9'500U);
  EXPECT_FALSE(is_common_password(""));
  EXPECT_FALSE(is_common_password("correct horse battery"));
}

}  // namespace
}  // namespace vigie::domain
