#include "server/platform/core/descriptor.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <utility>

namespace vigie::core {
namespace {

int new_file() { return ::memfd_create("descriptor", MFD_CLOEXEC); }
bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

TEST(Descriptor, IsClosedWithItsOwner) {
  const int fd = new_file();
  {
    const Descriptor owner(fd);
    EXPECT_TRUE(owner);
    EXPECT_EQ(owner.get(), fd);
    EXPECT_TRUE(is_open(fd));
  }
  EXPECT_FALSE(is_open(fd));
}

TEST(Descriptor, HasOneOwner) {
  const int fd = new_file();
  Descriptor first(fd);
  {
    const Descriptor second(std::move(first));
    EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move)
    EXPECT_EQ(second.get(), fd);
  }
  EXPECT_FALSE(is_open(fd));
}

TEST(Descriptor, IsClosedWhenAnotherTakesItsPlace) {
  const int before = new_file();
  const int after = new_file();
  Descriptor owner(before);
  Descriptor other(after);
  owner = std::move(other);
  EXPECT_FALSE(is_open(before));
  EXPECT_TRUE(is_open(after));
  Descriptor& itself = owner;
  owner = std::move(itself);
  EXPECT_EQ(owner.get(), after);
  EXPECT_TRUE(is_open(after));
}

TEST(Descriptor, IsGivenAwayOpen) {
  const int fd = new_file();
  Descriptor owner(fd);
  EXPECT_EQ(owner.release(), fd);
  EXPECT_FALSE(owner);
  owner.reset();
  EXPECT_TRUE(is_open(fd));
  owner = Descriptor(fd);
  owner.reset();
  EXPECT_FALSE(is_open(fd));
}

}  // namespace
}  // namespace vigie::core
