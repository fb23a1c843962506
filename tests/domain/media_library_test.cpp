#include "server/domain/media_library.hpp"

#include "server/domain/media_processing.hpp"
#include "server/domain/media_purge.hpp"
#include "server/domain/upload_expiry.hpp"
#include "tests/domain/media_world.hpp"

namespace vigie::domain {
namespace {

class MediaLibraryTest : public MediaWorld {
 protected:
  /// Runs the oldest job of that kind, and takes it from the queue when it is finished.
  Result<void> run_job(JobHandler& handler, std::string_view kind) {
    fakes::FakeJobRun run(jobs(kind).front());
    auto done = handler.run({}, run);
    if (run.is_finished()) jobs_.remove(run.job().id);
    return done;
  }
  std::size_t purges() { return jobs("media.purge").size(); }

  MediaPurge purge_{{store_, blobs_, units_, clock_, observer_}};
  UploadExpiry expiry_{{store_, blobs_, units_, clock_, observer_}};
};

TEST_F(MediaLibraryTest, WhoMayReadIsWhoMaySeeTheEvent) {
  NewMedia of_draft = png_upload(25);
  of_draft.event_id = event(false);
  NewMedia of_published = png_upload(25);
  of_published.event_id = event(true);
  const Media own = stored(png(25));
  const Media draft = stored(png(25), of_draft);
  const Media published = stored(png(25), of_published);
  for (const Media& hidden : {own, draft}) {
    for (const Context& context : {other_, anonymous_}) {
      EXPECT_EQ(code_of(library_.find(context, hidden.id)), Code::kNotFound);
      EXPECT_EQ(code_of(library_.content(context, hidden.id)), Code::kNotFound);
      EXPECT_EQ(code_of(library_.preview(context, hidden.id, "small.webp")), Code::kNotFound);
    }
    for (const Context& context : {owner_, administrator_}) {
      EXPECT_TRUE(library_.find(context, hidden.id).ok());
      EXPECT_TRUE(library_.content(context, hidden.id).ok());
    }
  }
  for (const Context& context : {owner_, administrator_, other_, anonymous_}) {
    EXPECT_TRUE(library_.find(context, published.id).ok());
    EXPECT_TRUE(library_.content(context, published.id).ok());
  }
}

TEST_F(MediaLibraryTest, WhoMayDeleteIsTheOwnerAndAdministrators) {
  NewMedia of_published = png_upload(25);
  of_published.event_id = event(true);
  const Media media = stored(png(25), of_published);
  EXPECT_EQ(code_of(library_.remove(anonymous_, media.id)), Code::kNotAuthenticated);
  EXPECT_EQ(code_of(library_.remove(other_, media.id)), Code::kForbidden);
  EXPECT_EQ(code_of(library_.remove(other_, stored(png(30)).id)), Code::kNotFound);
  EXPECT_TRUE(library_.remove(administrator_, media.id).ok());
  EXPECT_EQ(code_of(library_.restore(other_, media.id)), Code::kNotFound);
  EXPECT_EQ(code_of(library_.restore(anonymous_, media.id)), Code::kNotAuthenticated);
  EXPECT_TRUE(library_.restore(owner_, media.id).ok());
}

TEST_F(MediaLibraryTest, AnUnfinishedUploadHasNoContentAndIsSeenByItsKeepers) {
  const Media media = upload(png_upload(25));
  EXPECT_EQ(library_.find(owner_, media.id)->state, MediaState::kUploading);
  EXPECT_EQ(code_of(library_.content(owner_, media.id)), Code::kNotFound);
  EXPECT_EQ(code_of(library_.find(other_, media.id)), Code::kNotFound);
}

TEST_F(MediaLibraryTest, ListsTheCallersOwnOrThoseOfAnEvent) {
  NewMedia of_event = png_upload(25);
  of_event.event_id = event(true);
  const Media first = stored(png(25), of_event);
  clock_.advance(std::chrono::seconds(1));
  const Media second = upload(of_event);
  EXPECT_EQ(code_of(library_.list(anonymous_, {})), Code::kNotAuthenticated);
  EXPECT_EQ(library_.list(other_, {})->items.size(), 0U);
  const auto own = library_.list(owner_, {});
  ASSERT_EQ(own->items.size(), 2U);
  EXPECT_EQ(own->items[0].id, second.id);
  const auto shown = library_.list(anonymous_, {.event = of_event.event_id});
  ASSERT_EQ(shown->items.size(), 1U);
  EXPECT_EQ(shown->items[0].id, first.id);
  EXPECT_EQ(code_of(library_.list(other_, {.event = event(false)})), Code::kNotFound);
  EXPECT_EQ(code_of(library_.list(owner_, {.limit = 101})), Code::kValidationFailed);
}

TEST_F(MediaLibraryTest, ADeletedOneIsGoneAtOnceAndComesBack) {
  NewMedia of_event = png_upload(25);
  of_event.event_id = event(true);
  const Media media = stored(png(25), of_event);
  ASSERT_TRUE(library_.remove(owner_, media.id).ok());
  EXPECT_EQ(code_of(library_.content(owner_, media.id)), Code::kNotFound);
  EXPECT_EQ(code_of(library_.find(anonymous_, media.id)), Code::kNotFound);
  EXPECT_EQ(code_of(library_.remove(owner_, media.id)), Code::kNotFound);
  EXPECT_TRUE(library_.list(owner_, {})->items.empty());
  const auto deleted = library_.find(owner_, media.id);
  EXPECT_EQ(deleted->state, MediaState::kDeleted);
  EXPECT_EQ(deleted->purge_at, clock_.now() + limits_.purge_after);
  const auto restored = library_.restore(owner_, media.id);
  ASSERT_TRUE(restored);
  EXPECT_EQ(restored->state, MediaState::kProcessing);
  EXPECT_TRUE(library_.content(anonymous_, media.id).ok());
  EXPECT_EQ(code_of(library_.restore(owner_, media.id)), Code::kStatusChangeNotAllowed);
}

TEST_F(MediaLibraryTest, ADeletionWithoutItsPurgeDoesNotHappen) {
  const Media media = stored(png(25));
  jobs_.fail_with({.code = Code::kUnavailable, .message = "The queue is away."});
  EXPECT_EQ(code_of(library_.remove(owner_, media.id)), Code::kUnavailable);
  EXPECT_TRUE(library_.content(owner_, media.id).ok());
}

TEST_F(MediaLibraryTest, DeletingAnUploadFreesItsPartsAndItsQuota) {
  const Media media = upload(png_upload(25));
  EXPECT_TRUE(write(media, 1, png(25)).ok());
  EXPECT_TRUE(library_.remove(owner_, media.id).ok());
  EXPECT_EQ(code_of(library_.find(owner_, media.id)), Code::kNotFound);
  EXPECT_TRUE(blobs_.keys().empty());
  EXPECT_EQ(*store_.bytes_used(owner_, *owner_.principal.account_id), 0U);
}

TEST_F(MediaLibraryTest, APurgeRemovesNameContentAndPreviews) {
  const Media media = stored(png(25));
  EXPECT_TRUE(blobs_.put({}, preview_key(*media.hash, "small.webp"), "p").ok());
  ASSERT_TRUE(library_.remove(owner_, media.id).ok());
  EXPECT_EQ(jobs("media.purge").front().run_at, clock_.now() + limits_.purge_after);
  EXPECT_EQ(code_of(run_job(purge_, "media.purge")), Code::kUnavailable);  // not due
  clock_.advance(limits_.purge_after);
  ASSERT_TRUE(run_job(purge_, "media.purge").ok());
  EXPECT_TRUE(blobs_.keys().empty());
  EXPECT_FALSE(store_.blob(*media.hash));
  EXPECT_EQ(purges(), 0U);
  EXPECT_EQ(code_of(library_.restore(owner_, media.id)), Code::kNotFound);
  EXPECT_EQ(observer_.purge_steps(), (std::vector{PurgeStep::kForgotten, PurgeStep::kRemoved}));
}

TEST_F(MediaLibraryTest, APurgeLeavesWhatWasRestoredAlsoWhenItWasDeletedAgain) {
  const Media media = stored(png(25));
  ASSERT_TRUE(library_.remove(owner_, media.id).ok());
  ASSERT_TRUE(library_.restore(owner_, media.id).ok());
  clock_.advance(limits_.purge_after);
  ASSERT_TRUE(library_.remove(owner_, media.id).ok());
  ASSERT_EQ(purges(), 2U);
  ASSERT_TRUE(run_job(purge_, "media.purge").ok());
  EXPECT_EQ(observer_.purge_steps(), std::vector{PurgeStep::kRestored});
  EXPECT_TRUE(library_.restore(owner_, media.id).ok());
  clock_.advance(limits_.purge_after);
  ASSERT_TRUE(run_job(purge_, "media.purge").ok());
  EXPECT_EQ(purges(), 0U);
  EXPECT_TRUE(library_.content(owner_, media.id).ok());
}

TEST_F(MediaLibraryTest, APurgeLeavesAContentThatOthersHave) {
  const Media first = stored(png(25));
  const Media second = stored(png(25));
  ASSERT_TRUE(library_.remove(owner_, first.id).ok());
  clock_.advance(limits_.purge_after);
  ASSERT_TRUE(run_job(purge_, "media.purge").ok());
  EXPECT_TRUE(blobs_.has(content_key(*second.hash)));
  EXPECT_EQ(store_.blob(*second.hash)->references, 1);
  EXPECT_EQ(observer_.purge_steps().back(), PurgeStep::kReferenced);
}

/// Each place where a worker may die: after it the job is run again from its beginning.
TEST_F(MediaLibraryTest, APurgeMayBeRepeatedWhateverItHadDone) {
  const Media media = stored(png(25));
  ASSERT_TRUE(library_.remove(owner_, media.id).ok());
  clock_.advance(limits_.purge_after);
  units_.fail_next_commit();  // of the forgetting
  EXPECT_EQ(code_of(run_job(purge_, "media.purge")), Code::kUnavailable);
  EXPECT_EQ(library_.find(owner_, media.id)->state, MediaState::kDeleted);
  blobs_.fail_with({.code = Code::kUnavailable, .message = "The store is away."});
  EXPECT_EQ(code_of(run_job(purge_, "media.purge")), Code::kUnavailable);
  EXPECT_FALSE(store_.blob(*media.hash)->is_stored);
  blobs_.heal();
  fakes::FakeJobRun lost(jobs("media.purge").front());
  lost.fail_to_finish({.code = Code::kVersionMismatch, .message = "The lease is lost."});
  EXPECT_EQ(code_of(purge_.run({}, lost)), Code::kVersionMismatch);
  ASSERT_TRUE(run_job(purge_, "media.purge").ok());
  EXPECT_FALSE(store_.blob(*media.hash));
  EXPECT_TRUE(blobs_.keys().empty());
  EXPECT_EQ(purges(), 0U);
}

/// The name is gone, the object not yet, and the same content comes again.
TEST_F(MediaLibraryTest, AContentThatComesAgainDuringItsPurgeIsStoredAnewAndStays) {
  const Media first = stored(png(25));
  ASSERT_TRUE(library_.remove(owner_, first.id).ok());
  clock_.advance(limits_.purge_after);
  blobs_.fail_with({.code = Code::kUnavailable, .message = "The store is away."});
  EXPECT_FALSE(run_job(purge_, "media.purge").ok());
  blobs_.heal();
  const Media second = stored(png(25));
  EXPECT_EQ(blobs_.join_count(), 2);
  ASSERT_TRUE(run_job(purge_, "media.purge").ok());
  EXPECT_TRUE(blobs_.has(content_key(*second.hash)));
  EXPECT_TRUE(store_.blob(*second.hash)->is_stored);
}

TEST_F(MediaLibraryTest, APurgeRefusesAPayloadThatItDoesNotKnow) {
  for (const std::string payload : {"{}", "", R"({"media_id":"x","hash":"y","deleted_at":"z"})"}) {
    fakes::FakeJobRun run(Job{.id = {}, .kind = "media.purge", .payload = payload});
    EXPECT_EQ(code_of(purge_.run({}, run)), Code::kValidationFailed);
  }
}

TEST_F(MediaLibraryTest, ExpiryTakesUploadsThatNobodyWritesTo) {
  const Media old = upload(png_upload(25));
  EXPECT_TRUE(write(old, 1, png(25)).ok());
  const Media complete = stored(png(30));
  clock_.advance(limits_.upload_lifetime);
  const Media recent = upload(png_upload(25));
  EXPECT_EQ(store_.counts({}, clock_.now())->uploads_abandoned, 1);
  fakes::FakeJobRun run(Job{.id = {}, .kind = "media.expire_uploads"});
  ASSERT_TRUE(expiry_.run({}, run).ok());
  EXPECT_TRUE(run.is_finished());
  EXPECT_EQ(code_of(library_.find(owner_, old.id)), Code::kNotFound);
  EXPECT_TRUE(library_.find(owner_, recent.id).ok());
  EXPECT_EQ(blobs_.keys(), std::vector{content_key(*complete.hash)});
  EXPECT_EQ(store_.counts({}, clock_.now())->uploads_abandoned, 0);
  EXPECT_EQ(observer_.media_changes().back(), MediaChange::kExpired);
}

TEST_F(MediaLibraryTest, ExpiryLeavesAnUploadWhoseStoreIsAwayForTheNextTime) {
  const Media old = upload(png_upload(25));
  EXPECT_TRUE(write(old, 1, png(25)).ok());
  clock_.advance(limits_.upload_lifetime);
  fakes::FakeJobRun run(Job{.id = {}, .kind = "media.expire_uploads"});
  blobs_.fail_with({.code = Code::kUnavailable, .message = "The store is away."});
  EXPECT_EQ(code_of(expiry_.run({}, run)), Code::kUnavailable);
  EXPECT_TRUE(library_.find(owner_, old.id).ok());
  blobs_.heal();
  ASSERT_TRUE(expiry_.run({}, run).ok());
  EXPECT_TRUE(blobs_.keys().empty());
}

TEST_F(MediaLibraryTest, ProcessingEndsWithItsJobAlsoOfWhatIsDeletedOrGone) {
  MediaProcessing processing(store_, units_, clock_);
  const Media media = stored(png(25));
  fakes::FakeJobRun run(jobs("media.process").front());
  ASSERT_TRUE(library_.remove(owner_, media.id).ok());
  const MediaFacts facts{.width = 4, .height = 3, .previews = {"small.webp"}};
  ASSERT_TRUE(processing.done({}, run, media.id, facts).ok());
  EXPECT_TRUE(run.is_finished());
  EXPECT_EQ(library_.find(owner_, media.id)->state, MediaState::kDeleted);
  EXPECT_EQ(library_.restore(owner_, media.id)->state, MediaState::kReady);
  EXPECT_EQ(code_of(library_.preview(owner_, media.id, "small.webp")), Code::kNotFound);
  EXPECT_TRUE(blobs_.put({}, preview_key(*media.hash, "small.webp"), "preview").ok());
  EXPECT_EQ(library_.preview(owner_, media.id, "small.webp")->bytes, 7U);
  EXPECT_EQ(code_of(library_.preview(owner_, media.id, "large.webp")), Code::kNotFound);
  EXPECT_EQ(code_of(library_.preview(owner_, media.id, "../x")), Code::kNotFound);

  fakes::FakeJobRun again(run.job());
  ASSERT_TRUE(processing.failed({}, again, media.id, "It is damaged.").ok());
  EXPECT_EQ(library_.find(owner_, media.id)->failure, "It is damaged.");
  fakes::FakeJobRun of_nothing(run.job());
  ASSERT_TRUE(processing.done({}, of_nothing, {fakes::FakeIdSource::nth(9'999)}, facts).ok());
  EXPECT_TRUE(of_nothing.is_finished());
}

}  // namespace
}  // namespace vigie::domain
