#include "server/domain/account_erasure.hpp"

#include "server/domain/job_payload.hpp"
#include "server/domain/media_purge.hpp"
#include "tests/domain/media_world.hpp"

namespace vigie::domain {
namespace {

class AccountErasureTest : public MediaWorld {
 protected:
  Result<void> erase(const std::string& payload) {
    fakes::FakeJobRun run(Job{.kind = "account.erase", .payload = payload});
    auto done = erasure_.run({}, run);
    EXPECT_EQ(run.is_finished(), done.ok());
    return done;
  }
  std::string payload_of(AccountId id) {
    return PayloadWriter().text("account_id", id.to_string()).take();
  }
  Media stored_of(EventId event, char filler) {
    const std::string content = png(30, filler);
    NewMedia wanted = png_upload(content.size());
    wanted.event_id = event;
    return stored(content, wanted);
  }
  bool is_there(MediaId id) {
    const auto found = store_.find({}, id);
    return *found && (*found)->state != MediaState::kDeleted;
  }

  AccountErasure erasure_{{store_, event_store_, blobs_, jobs_, units_, clock_, observer_}};
};

TEST_F(AccountErasureTest, TakesAwayWhatNobodyElseSees) {
  const EventId published = event(true);
  const EventId draft = event(false);
  const Media shown = stored_of(published, 'a');
  const Media of_draft = stored_of(draft, 'b');
  const Media alone = stored(png(30, 'c'));
  const Media unfinished = upload(png_upload(30));
  for (int again = 0; again < 2; ++again) {
    ASSERT_TRUE(erase(payload_of(*owner_.principal.account_id)));
    EXPECT_TRUE(is_there(shown.id));
    EXPECT_FALSE(is_there(of_draft.id));
    EXPECT_FALSE(is_there(alone.id));
    EXPECT_FALSE(store_.find({}, unfinished.id)->has_value());
    EXPECT_TRUE(event_store_.find({}, published)->has_value());
    EXPECT_FALSE(event_store_.find({}, draft)->has_value());
    EXPECT_EQ(jobs("media.purge").size(), 2U);
  }
  // The purge is due at once.
  MediaPurge purge{{store_, blobs_, units_, clock_, observer_}};
  for (const auto& queued : jobs("media.purge")) {
    fakes::FakeJobRun run(queued);
    EXPECT_TRUE(purge.run({}, run).ok());
  }
  EXPECT_FALSE(store_.find({}, alone.id)->has_value());
}

TEST_F(AccountErasureTest, LeavesWhatIsOfOthers) {
  const Media alone = stored(png(30));
  const EventId draft = event(false);
  ASSERT_TRUE(erase(payload_of(*other_.principal.account_id)));
  EXPECT_TRUE(is_there(alone.id));
  EXPECT_TRUE(event_store_.find({}, draft)->has_value());
}

TEST_F(AccountErasureTest, GoesThroughEveryPage) {
  std::vector<MediaId> ids;
  const int count = MediaQuery::kLimitMax + 5;
  limits_.quota_bytes = 1'000'000;
  MediaUploads uploads{
      {store_, event_store_, blobs_, jobs_, units_, clock_, ids_, observer_, room_, authenticator_},
      limits_};
  for (int i = 0; i < count; ++i) ids.push_back(uploads.create(owner_, png_upload(30))->media.id);
  ASSERT_TRUE(erase(payload_of(*owner_.principal.account_id)));
  for (const MediaId id : ids) EXPECT_FALSE(store_.find({}, id)->has_value());
}

TEST_F(AccountErasureTest, RefusesAPayloadItDoesNotUnderstand) {
  EXPECT_EQ(erase("{}").error().code, Code::kValidationFailed);
  EXPECT_EQ(erase(R"({"account_id":"x"})").error().code, Code::kValidationFailed);
}

}  // namespace
}  // namespace vigie::domain
