#include <filesystem>
#include <fstream>

#include "server/blob/disk_blob_store.hpp"
#include "tests/blob/blob_fixture.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace vigie::blob::testing {
namespace {

namespace fs = std::filesystem;

/// A store whose directory goes away while it is used, as a volume that is not mounted any more.
class DiskAway : public ::testing::Test {
 protected:
  fs::path root() const { return directory_.path() / "store"; }
  fs::path elsewhere() const { return directory_.path() / "elsewhere"; }
  void run(const std::function<void()>& body) { reactors_.run(body); }

  void expect_unavailable(const domain::JoinPlan& begun) {
    const domain::Context context = within(10s);
    EXPECT_EQ(code_of(store_.write_part(context, {"uploads/new", 1, 0, 5})), "unavailable");
    EXPECT_EQ(code_of(store_.hash(context, begun)), "unavailable");
    EXPECT_EQ(code_of(store_.join(context, begun, "tests/joined")), "unavailable");
    EXPECT_EQ(code_of(store_.abandon(context, begun.upload)), "unavailable");
    EXPECT_EQ(code_of(store_.put(context, "tests/b", "later")), "unavailable");
    EXPECT_EQ(code_of(store_.find(context, "tests/a")), "unavailable");
    EXPECT_EQ(code_of(store_.open(context, "tests/a", 0, 5)), "unavailable");
    EXPECT_EQ(code_of(store_.remove(context, "tests/a")), "unavailable");
    EXPECT_EQ(code_of(store_.list(context, "", "", 10)), "unavailable");
  }

  fakes::TemporaryDirectory directory_;
  Reactors reactors_;
  DiskBlobStore store_{reactors_.pool(), root().string()};
};

TEST_F(DiskAway, KnowsNothingUntilItIsBack) {
  run([&] {
    VIGIE_ASSERT_OK(store_.put(within(10s), "tests/a", "first"));
    const auto receipt = write_part(store_, {"uploads/a", 1, 0, 5}, "parts");
    VIGIE_ASSERT_OK(receipt);
    const domain::JoinPlan begun{"uploads/a", {*receipt}};
    fs::rename(root(), elsewhere());
    expect_unavailable(begun);
    EXPECT_FALSE(fs::exists(root()));
    fs::create_directory(root());  // where it was mounted
    expect_unavailable(begun);
    EXPECT_TRUE(fs::is_empty(root()));
    fs::remove(root());
    fs::rename(elsewhere(), root());
    EXPECT_EQ(*read(store_, "tests/a", 0, 5), "first");
    VIGIE_ASSERT_OK(store_.join(within(10s), begun, "tests/joined"));
    EXPECT_EQ(*read(store_, "tests/joined", 0, 5), "parts");
  });
}

TEST_F(DiskAway, IsNoReasonToCallAPartOutdated) {
  run([&] {
    auto sink = store_.write_part(within(10s), {"uploads/a", 1, 0, 5});
    VIGIE_ASSERT_OK(sink);
    VIGIE_ASSERT_OK((*sink)->write("parts"));
    fs::rename(root(), elsewhere());
    EXPECT_EQ(code_of((*sink)->commit()), "unavailable");
    fs::rename(elsewhere(), root());
  });
}

TEST_F(DiskAway, IsAnotherStoreInItsPlace) {
  run([&] {
    VIGIE_ASSERT_OK(store_.put(within(10s), "tests/a", "first"));
    fs::rename(root(), elsewhere());
    DiskBlobStore other(reactors_.pool(), root().string());
    VIGIE_ASSERT_OK(other.put(within(10s), "tests/a", "other"));
    EXPECT_EQ(code_of(store_.find(within(10s), "tests/a")), "unavailable");
    EXPECT_EQ(code_of(store_.put(within(10s), "tests/a", "third")), "unavailable");
    EXPECT_EQ(*read(other, "tests/a", 0, 5), "other");
  });
}

/// Who starts while the volume is not mounted finds an empty directory.
TEST_F(DiskAway, IsNotBegunWhereThereShouldBeContents) {
  domain::Result<bool> has_contents = true;
  fs::create_directory(root());
  const DiskBlobStore::HasContents ask = [&](const domain::Context&) { return has_contents; };
  DiskBlobStore store(reactors_.pool(), root().string(), ask);
  run([&] {
    const auto put = store.put(within(10s), "tests/a", "first");
    EXPECT_EQ(code_of(put), "unavailable");
    EXPECT_NE(detail_of(put).find("the database knows of contents"), std::string::npos);
    EXPECT_EQ(code_of(store.write_part(within(10s), {"uploads/a", 1, 0, 5})), "unavailable");
    has_contents = domain::Error{.code = domain::Code::kUnavailable, .message = "", .detail = ""};
    EXPECT_EQ(code_of(store.find(within(10s), "tests/a")), "unavailable");
    EXPECT_TRUE(fs::is_empty(root()));
    has_contents = false;
    VIGIE_ASSERT_OK(store.put(within(10s), "tests/a", "first"));
    has_contents = true;
    EXPECT_EQ(*read(store, "tests/a", 0, 5), "first");
    DiskBlobStore second(reactors_.pool(), root().string(), ask);
    EXPECT_EQ(*read(second, "tests/a", 0, 5), "first");
  });
}

TEST_F(DiskAway, AStoreOfAnEarlierReleaseGetsItsNameFromTheFirstWhoUsesIt) {
  run([&] {
    VIGIE_ASSERT_OK(store_.put(within(10s), "tests/a", "first"));
    fs::remove(root() / "store");
    std::ofstream(root() / "store.draft") << "cut off";
    DiskBlobStore first(reactors_.pool(), root().string());
    DiskBlobStore second(reactors_.pool(), root().string());
    EXPECT_EQ(*read(first, "tests/a", 0, 5), "first");
    EXPECT_EQ(*read(second, "tests/a", 0, 5), "first");
    EXPECT_EQ(fs::file_size(root() / "store"), 32U);
    fs::resize_file(root() / "store", 0);
    EXPECT_EQ(code_of(first.find(within(10s), "tests/a")), "unavailable");
  });
}

}  // namespace
}  // namespace vigie::blob::testing
