#include "server/process/blob_input.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "server/net/runtime.hpp"
#include "tests/fakes/blob_contents.hpp"

namespace vigie::process {
namespace {

using namespace std::chrono_literals;

net::TimePoint soon() { return std::chrono::steady_clock::now() + 20s; }

/// More than a pipe holds.
std::string long_content() {
  std::string lines;
  for (int line = 0; lines.size() < 3'000'000; ++line) lines += std::to_string(line) + '\n';
  return lines;
}

/// A test whose body runs on a fiber.
class BlobInput : public ::testing::Test {
 protected:
  ~BlobInput() override { EXPECT_EQ(runtime_.uncaught_exceptions(), 0U); }
  void run(std::function<void()> body) { net::run_on_fiber(runtime_, 0, std::move(body)); }

  /// What the program says of the content.
  static std::string said(const std::string& program, domain::BlobContent content) {
    auto child =
        start_on(content, {.program = program, .arguments = {}, .environment = {}, .input = {}});
    EXPECT_TRUE(child.ok());
    EXPECT_TRUE(feed(**child, content, soon()).ok());
    std::string all;
    for (;;) {
      const auto bytes = (*child)->read(soon());
      EXPECT_TRUE(bytes.ok());
      if (!bytes || bytes->empty()) return all;
      all += *bytes;
    }
  }

  net::Runtime runtime_{
      {.reactor_count = 1, .fiber_stack_bytes = std::size_t{256} * 1024, .name = "test"}};
};

TEST_F(BlobInput, IsTheWholeContentWhereverItLies) {
  run([] {
    const std::string content = long_content();
    const std::string sum = said("/usr/bin/cksum", fakes::in_file(content));
    EXPECT_TRUE(sum.ends_with(' ' + std::to_string(content.size()) + '\n')) << sum;
    EXPECT_EQ(said("/usr/bin/cksum", fakes::in_pieces(content, 70'001)), sum);
    EXPECT_EQ(said("/bin/cat", fakes::in_file("short")), "short");
    EXPECT_EQ(said("/bin/cat", fakes::in_pieces("short", 2)), "short");
    EXPECT_EQ(said("/bin/cat", fakes::in_pieces("")), "");
  });
}

TEST_F(BlobInput, ThatNobodyWantsIsNoFailure) {
  run([] { EXPECT_EQ(said("/bin/true", fakes::in_pieces(long_content(), 70'001)), ""); });
}

TEST_F(BlobInput, ThatFailsIsToldAndLeavesTheInputOpen) {
  run([] {
    auto source = std::make_unique<fakes::TextSource>("content", 3);
    source->fail_at(6, {.code = domain::Code::kUnavailable, .detail = "the store has gone"});
    domain::BlobContent content = std::move(source);
    auto child =
        start_on(content, {.program = "/bin/cat", .arguments = {}, .environment = {}, .input = {}});
    ASSERT_TRUE(child.ok());
    const auto fed = feed(**child, content, soon());
    ASSERT_FALSE(fed.ok());
    EXPECT_EQ(fed.error().detail, "the store has gone");
    std::string read;
    while (read.size() < 6) {
      const auto bytes = (*child)->read(soon());
      ASSERT_TRUE(bytes.ok() && !bytes->empty()) << read;
      read += *bytes;
    }
    EXPECT_EQ(read, "conten");
    // No end of input that the child could take for the content's.
    const auto end = (*child)->read(std::chrono::steady_clock::now() + 50ms);
    ASSERT_FALSE(end.ok());
    EXPECT_EQ(end.error().code, domain::Code::kDeadlineExceeded);
  });
}

}  // namespace
}  // namespace vigie::process
