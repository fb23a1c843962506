#include "server/domain/blob_sweep.hpp"

#include <gtest/gtest.h>

#include "tests/domain/media_world.hpp"

namespace vigie::domain {
namespace {

using std::chrono::hours;

/// What the fake stores refer to.
class References : public BlobReferences, public fakes::FaultSwitch {
 public:
  References(MediaStore& media) : media_(media) {}

  Result<std::vector<bool>> are_referenced(const Context& context,
                                           const std::vector<BlobKey>& keys) override {
    if (auto error = fault(context)) return *error;
    if (before_answer) before_answer();
    std::vector<bool> are_named;
    for (const BlobKey& key : keys) are_named.push_back(is_named(context, key));
    if (after_answer) after_answer();
    return are_named;
  }
  Result<bool> has_contents(const Context&) override { return true; }
  /// Of an upload whose parts are verified.
  std::optional<ContentHash> to_become;
  std::function<void()> before_answer;
  std::function<void()> after_answer;

 private:
  bool is_named(const Context& context, const BlobKey& key) {
    if (const auto hash = content_of(key)) {
      const auto record = media_.find_blob_locked(context, *hash);
      return to_become == *hash || (*record && (**record).is_stored);
    }
    const auto id = MediaId::parse(key.substr(key.find('/') + 1));
    if (!key.starts_with("uploads/") || !id) return !key.starts_with("uploads/");
    const auto media = media_.find(context, *id);
    return *media && (**media).state == MediaState::kUploading;
  }

  MediaStore& media_;
};

class Sweep : public MediaWorld {
 protected:
  Result<void> sweep() { return sweep_.run({}, run_); }
  /// The fake store's objects are as old as time.
  void put(const BlobKey& key) { EXPECT_TRUE(blobs_.put({}, key, "orphan").ok()); }

  References references_{store_};
  fakes::FakeJobRun run_{Job{.kind = "blob.sweep"}};
  BlobSweep sweep_{{blobs_, references_, store_, units_, clock_, observer_}, hours{1}};
};

const ContentHash kOrphan = fakes::hash_of("orphan");

TEST_F(Sweep, RemovesWhatNothingNamesAndNothingElse) {
  const Media kept = stored(png(25));
  const Media begun = upload(png_upload(25));
  ASSERT_TRUE(write(begun, 1, png(25)).ok());
  put(preview_key(*kept.hash, "small.webp"));
  put("backups/20261121.dump");
  put("blobs/not-ours");
  const auto before = blobs_.keys();
  put(content_key(kOrphan));
  put(preview_key(kOrphan, "small.webp"));
  fakes::TextSource bytes("left");
  const BlobKey upload = "uploads/" + MediaId{ids_.next()}.to_string();
  auto sink = blobs_.write_part({}, {upload, 1, 0, 4});
  ASSERT_TRUE((*sink)->write("left").ok());
  ASSERT_TRUE((*sink)->commit().ok());
  ASSERT_EQ(blobs_.keys().size(), before.size() + 3);
  ASSERT_TRUE(sweep().ok());
  EXPECT_EQ(blobs_.keys(), before);
  const std::vector<std::pair<Orphan, BlobKey>> removed = {
      {Orphan::kContent, content_key(kOrphan)},
      {Orphan::kPreview, preview_key(kOrphan, "small.webp")},
      {Orphan::kUpload, upload}};
  EXPECT_EQ(observer_.orphans(), removed);
  EXPECT_TRUE(run_.is_finished());
  // The record that was made for the lock went with the object.
  EXPECT_FALSE(store_.find_blob_locked({}, kOrphan)->has_value());
  ASSERT_TRUE(sweep().ok());
  EXPECT_EQ(observer_.orphans().size(), 3U);
}

TEST_F(Sweep, LeavesWhatIsYoungerThanTheGraceTime) {
  put(content_key(kOrphan));
  BlobSweep patient({blobs_, references_, store_, units_, clock_, observer_},
                    std::chrono::duration_cast<std::chrono::milliseconds>(
                        clock_.now().time_since_epoch() + hours{1}));
  ASSERT_TRUE(patient.run({}, run_).ok());
  EXPECT_TRUE(blobs_.has(content_key(kOrphan)));
}

/// Between the question and the removal somebody completes the same content.
TEST_F(Sweep, LeavesWhatIsNamedSinceItLooked) {
  const std::string content = png(25);
  put(content_key(fakes::hash_of(content)));
  references_.after_answer = [&] {
    references_.after_answer = nullptr;
    stored(content);
  };
  ASSERT_TRUE(sweep().ok());
  EXPECT_TRUE(blobs_.has(content_key(fakes::hash_of(content))));
  EXPECT_TRUE(observer_.orphans().empty());
}

/// The same content is there from a killed process, and now somebody's parts come to it: what is
/// joined before its commit may be all that is left of them.
TEST_F(Sweep, LeavesWhatAnUploadIsToBecomeSinceItLooked) {
  put(content_key(kOrphan));
  references_.after_answer = [&] { references_.to_become = kOrphan; };
  ASSERT_TRUE(sweep().ok());
  EXPECT_TRUE(blobs_.has(content_key(kOrphan)));
  EXPECT_TRUE(observer_.orphans().empty());
  EXPECT_FALSE(store_.find_blob_locked({}, kOrphan)->has_value());
  references_.after_answer = nullptr;
  references_.to_become.reset();
  ASSERT_TRUE(sweep().ok());
  EXPECT_FALSE(blobs_.has(content_key(kOrphan)));
}

TEST_F(Sweep, IsTriedAgainWhenTheDatabaseOrTheStoreFails) {
  put(content_key(kOrphan));
  references_.fail_with({.code = Code::kUnavailable});
  EXPECT_EQ(code_of(sweep()), Code::kUnavailable);
  EXPECT_FALSE(run_.is_finished());
  references_.heal();
  units_.fail_next_commit();
  EXPECT_FALSE(sweep().ok());
  EXPECT_TRUE(observer_.orphans().empty());
  ASSERT_TRUE(sweep().ok());
  EXPECT_FALSE(blobs_.has(content_key(kOrphan)));
}

TEST(BlobSweepKeys, BelongToAContentOrToNone) {
  EXPECT_EQ(content_of(content_key(kOrphan)), kOrphan);
  EXPECT_EQ(content_of(preview_key(kOrphan, "small.webp")), kOrphan);
  const std::string hex = kOrphan.to_string();
  for (const BlobKey& key :
       {BlobKey("blobs/"), BlobKey("blobs/00"), "blobs/zz/" + hex,
        "blobs/" + hex.substr(0, 2) + "/" + hex + "0", "backups/00/" + hex, "uploads/" + hex}) {
    EXPECT_FALSE(content_of(key)) << key;
  }
}

}  // namespace
}  // namespace vigie::domain
