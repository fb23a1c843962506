#include "server/auth/key_ring.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <system_error>

#include "server/domain/rfc3339.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace vigie::auth {
namespace {

namespace fs = std::filesystem;

domain::Timestamp instant(std::string_view text) { return domain::parse_rfc3339(text).value(); }

class KeyRingTest : public testing::Test {
 protected:
  void write_key(const std::string& kid) {
    dir_.write(kid + ".pem", Ed25519Key::generate().to_pem());
  }
  std::unique_ptr<KeyRing> opened() { return *KeyRing::open(dir_.path()); }
  std::string open_fault() {
    const auto ring = KeyRing::open(dir_.path());
    return ring ? "opened" : ring.error().detail;
  }

  fakes::TemporaryDirectory dir_;
};

TEST_F(KeyRingTest, SignsWithTheLastByName) {
  write_key("b");
  write_key("a");
  const auto ring = opened();
  EXPECT_EQ(ring->keys()->signing_key().kid, "b");
  EXPECT_EQ(ring->generation(), 1U);
}

TEST_F(KeyRingTest, PublishesPublicKeysOnly) {
  write_key("a");
  write_key("b");
  const auto keys = opened();
  const auto jwks = nlohmann::json::parse(keys->keys()->jwks());
  ASSERT_EQ(jwks["keys"].size(), 2U);
  const auto& key = jwks["keys"][0];
  EXPECT_EQ(key["kid"], "a");
  EXPECT_EQ(key["kty"], "OKP");
  EXPECT_EQ(key["crv"], "Ed25519");
  EXPECT_EQ(key["alg"], "EdDSA");
  EXPECT_EQ(key["use"], "sig");
  EXPECT_EQ(key["x"].get<std::string>().size(), 43U);
  EXPECT_FALSE(key.contains("d"));
}

TEST_F(KeyRingTest, FollowsTheDirectoryWithoutARestart) {
  write_key("a");
  const auto ring = opened();
  EXPECT_FALSE(*ring->reload_if_changed());
  write_key("b");
  EXPECT_TRUE(*ring->reload_if_changed());
  EXPECT_EQ(ring->keys()->signing_key().kid, "b");
  EXPECT_EQ(ring->generation(), 2U);
  fs::remove(dir_.path() / "b.pem");
  EXPECT_TRUE(*ring->reload_if_changed());
  EXPECT_EQ(ring->keys()->signing_key().kid, "a");
}

TEST_F(KeyRingTest, KeepsTheOldRingWhenAFileIsBadAndRecovers) {
  write_key("a");
  const auto ring = opened();
  dir_.write("b.pem", "no key");
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto reloaded = ring->reload_if_changed();
    ASSERT_FALSE(reloaded);
    EXPECT_NE(reloaded.error().detail.find("b.pem: not a private key"), std::string::npos);
    EXPECT_EQ(ring->keys()->signing_key().kid, "a");
    EXPECT_EQ(ring->generation(), 1U);
  }
  fs::remove(dir_.path() / "b.pem");
  EXPECT_TRUE(ring->reload_if_changed());
}

TEST_F(KeyRingTest, KeepsTheOldRingWhenTheDirectoryIsEmptiedOrGone) {
  write_key("a");
  const auto ring = opened();
  fs::remove(dir_.path() / "a.pem");
  EXPECT_FALSE(ring->reload_if_changed());
  fs::remove(dir_.path());
  EXPECT_FALSE(ring->reload_if_changed());
  EXPECT_EQ(ring->keys()->signing_key().kid, "a");
}

TEST_F(KeyRingTest, SaysWhyItCannotOpen) {
  EXPECT_NE(open_fault().find("no .pem file"), std::string::npos);
  dir_.write("bad name.pem", Ed25519Key::generate().to_pem());
  EXPECT_NE(open_fault().find("the name must be"), std::string::npos);
  fs::remove(dir_.path() / "bad name.pem");
  dir_.write("large.pem", std::string(5000, 'x'));
  EXPECT_NE(open_fault().find("too large"), std::string::npos);
  fs::remove(dir_.path() / "large.pem");
  for (int i = 0; i < 17; ++i) write_key("k" + std::to_string(i));
  EXPECT_NE(open_fault().find("more than 16"), std::string::npos);
  EXPECT_FALSE(KeyRing::open(dir_.path() / "absent"));
}

TEST_F(KeyRingTest, PassesOverOtherFiles) {
  write_key("a");
  dir_.write("README", "not a key");
  dir_.write(".half.pem", "not a key");
  EXPECT_EQ(open_fault(), "opened");
}

TEST_F(KeyRingTest, GeneratesKeysThatSortByTime) {
  const fs::path dir = dir_.path() / "keys";
  const std::string older = generate_key(dir, instant("2029-12-31T23:59:59Z"));
  const std::string newer = generate_key(dir, instant("2030-01-01T00:00:00.5Z"));
  EXPECT_EQ(newer.substr(0, 17), "20300101T000000Z-");
  EXPECT_LT(older, newer);
  const auto ring = KeyRing::open(dir);
  ASSERT_TRUE(ring);
  EXPECT_EQ((*ring)->keys()->signing_key().kid, newer);
  EXPECT_EQ(fs::status(dir).permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::status(dir / (newer + ".pem")).permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(std::distance(fs::directory_iterator(dir), fs::directory_iterator()), 2);
}

/// What becomes of it in a process that may write ten bytes: 0 when the reason was told and nothing
/// is left.
[[noreturn]] void generate_with_little_room(const fs::path& dir) {
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit few{.rlim_cur = 10, .rlim_max = 10};
  ::setrlimit(RLIMIT_FSIZE, &few);
  try {
    generate_key(dir, instant("2030-01-01T00:00:00Z"));
  } catch (const std::system_error& error) {
    // The first write takes ten bytes, the next one none.
    const bool is_tidy = fs::is_empty(dir);
    std::_Exit(error.code().value() == EFBIG && is_tidy ? 0 : 1);
  }
  std::_Exit(2);
}

TEST_F(KeyRingTest, SaysWhyAKeyCouldNotBeWritten) {
  const fs::path dir = dir_.path() / "keys";
  EXPECT_EXIT(generate_with_little_room(dir), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace vigie::auth
