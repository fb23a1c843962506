#include "server/domain/media_uploads.hpp"

#include <regex>
#include <string>
#include <string_view>

#include "server/domain/job_payload.hpp"
#include "tests/domain/media_world.hpp"

namespace vigie::domain {
namespace {

class MediaUploadsTest : public MediaWorld {};

TEST_F(MediaUploadsTest, CreateMakesAnUploadOfTheCaller) {
  const auto made = uploads_.create(owner_, png_upload(25));
  ASSERT_TRUE(made);
  EXPECT_EQ(made->media.owner_id, *owner_.principal.account_id);
  EXPECT_EQ(made->media.state, MediaState::kUploading);
  EXPECT_EQ(made->media.expires_at, clock_.now() + limits_.upload_lifetime);
  EXPECT_EQ(part_count(made->media), 3U);
  EXPECT_EQ(part_place(made->media, 3)->offset, 20U);
  EXPECT_EQ(part_place(made->media, 3)->bytes, 5U);
  EXPECT_FALSE(part_place(made->media, 0));
  EXPECT_FALSE(part_place(made->media, 4));
  EXPECT_EQ(observer_.media_changes(), std::vector{MediaChange::kCreated});
}

TEST_F(MediaUploadsTest, CreateAsksForAnAccountAndForTheRightToEditTheEvent) {
  EXPECT_EQ(code_of(uploads_.create(anonymous_, png_upload(25))), Code::kNotAuthenticated);
  NewMedia of_draft = png_upload(25);
  of_draft.event_id = event(false);
  EXPECT_TRUE(uploads_.create(owner_, of_draft).ok());
  EXPECT_EQ(code_of(uploads_.create(other_, of_draft)), Code::kNotFound);
  NewMedia of_published = png_upload(25);
  of_published.event_id = event(true);
  EXPECT_EQ(code_of(uploads_.create(other_, of_published)), Code::kForbidden);
  of_published.event_id = samples::event_id(999);
  EXPECT_EQ(code_of(uploads_.create(owner_, of_published)), Code::kNotFound);
}

TEST_F(MediaUploadsTest, CreateStopsAtTheQuotaAndSaysWhatIsUsed) {
  EXPECT_TRUE(uploads_.create(owner_, png_upload(5'000)).ok());
  EXPECT_TRUE(uploads_.create(owner_, png_upload(4'000)).ok());
  const auto refused = uploads_.create(owner_, png_upload(1'001));
  EXPECT_EQ(code_of(refused), Code::kQuotaExceeded);
  EXPECT_EQ(refused.error().message, "The account uses 9000 of 10000 bytes; this needs 1001.");
  EXPECT_TRUE(uploads_.create(other_, png_upload(1'001)).ok());
  EXPECT_TRUE(uploads_.create(owner_, png_upload(1'000)).ok());
}

TEST_F(MediaUploadsTest, PartsComeInAnyOrderAndAsOftenAsOneLikes) {
  const std::string content = png(25);
  const Media media = upload(png_upload(25));
  EXPECT_TRUE(write(media, 3, content).ok());
  EXPECT_TRUE(write(media, 1, png(25, 'x')).ok());
  EXPECT_TRUE(write(media, 2, content).ok());
  const auto again = write(media, 1, content);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->part.receipt.hash, fakes::hash_of(content.substr(0, 10)));
  const auto complete = uploads_.complete(owner_, media.id);
  ASSERT_TRUE(complete) << complete.error().message;
  EXPECT_EQ(complete->state, MediaState::kProcessing);
  EXPECT_EQ(complete->hash, fakes::hash_of(content));
  EXPECT_EQ(complete->type, "image/png");
  EXPECT_EQ(blobs_.keys(), std::vector{content_key(fakes::hash_of(content))});
  EXPECT_EQ(observer_.bytes_received(), 35U);
}

TEST_F(MediaUploadsTest, CompleteLeavesTheRestToAJob) {
  const Media media = stored(png(25));
  const auto queued = jobs("media.process");
  ASSERT_EQ(queued.size(), 1U);
  EXPECT_EQ(media.job_id, queued[0].id);
  EXPECT_EQ(payload_text(queued[0].payload, "media_id"), media.id.to_string());
  EXPECT_EQ(payload_text(queued[0].payload, "hash"), media.hash->to_string());
  EXPECT_EQ(payload_text(queued[0].payload, "type"), "image/png");
  EXPECT_EQ(queued[0].lane, JobLane::kHigh);
}

TEST_F(MediaUploadsTest, TheJobsOriginStandsForTheAddress) {
  const auto origin_at = [&](std::string_view address, const Context& who) {
    Context context = who;
    context.client_address = address;
    const Media media = uploads_.create(context, png_upload(9))->media;
    fakes::TextSource source(png(9));
    EXPECT_TRUE(
        uploads_.write_part(context, media.id, 1, {.source = source, .length = {}, .hash = {}}));
    EXPECT_TRUE(uploads_.complete(context, media.id));
    return jobs("media.process").back().origin;
  };
  const std::string origin = origin_at("192.0.2.7", owner_);
  EXPECT_TRUE(std::regex_match(origin, std::regex("[0-9a-f]{16}"))) << origin;
  EXPECT_EQ(origin_at("192.0.2.7", other_), origin);
  EXPECT_NE(origin_at("192.0.2.8", owner_), origin);
  EXPECT_EQ(origin_at("2001:db8::1", owner_), origin_at("2001:db8::2", owner_));
  EXPECT_EQ(origin_at("", owner_), "");
}

TEST_F(MediaUploadsTest, CompleteOfACompleteOneIsWhatItIs) {
  const Media media = stored(png(25));
  const auto again = uploads_.complete(owner_, media.id);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->job_id, media.job_id);
  EXPECT_EQ(jobs_.jobs().size(), 1U);
  EXPECT_EQ(store_.blob(*media.hash)->references, 1);
}

TEST_F(MediaUploadsTest, CompleteNamesWhatIsMissing) {
  const Media media = upload(png_upload(300));
  EXPECT_TRUE(write(media, 2, png(300)).ok());
  const auto refused = uploads_.complete(owner_, media.id);
  EXPECT_EQ(code_of(refused), Code::kUploadIncomplete);
  EXPECT_EQ(refused.error().message,
            "These parts are missing: 1, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 19 more.");
}

TEST_F(MediaUploadsTest, APartOfAnotherLengthOrHashDoesNotCount) {
  const Media media = upload(png_upload(25));
  for (const std::string text : {"short", "far too long for a part"}) {
    fakes::TextSource source(text);
    EXPECT_EQ(code_of(uploads_.write_part(owner_, media.id, 1,
                                          {.source = source, .length = {}, .hash = {}})),
              Code::kChecksumMismatch);
    EXPECT_EQ(code_of(uploads_.write_part(owner_, media.id, 1,
                                          {.source = source, .length = text.size(), .hash = {}})),
              Code::kChecksumMismatch);
  }
  fakes::TextSource source(png(10));
  EXPECT_EQ(code_of(uploads_.write_part(
                owner_, media.id, 1,
                {.source = source, .length = 10, .hash = fakes::hash_of("something else")})),
            Code::kChecksumMismatch);
  EXPECT_TRUE(uploads_.find(owner_, media.id)->parts.empty());
  EXPECT_EQ(code_of(uploads_.write_part(owner_, media.id, 4,
                                        {.source = source, .length = {}, .hash = {}})),
            Code::kNotFound);
}

TEST_F(MediaUploadsTest, APartThatIsInterruptedAtAnyByteDoesNotCountAndMayBeWrittenAgain) {
  const std::string content = png(25);
  const Media media = upload(png_upload(25));
  write_all_parts(media, content);
  for (std::size_t at = 0; at < kPartBytes; ++at) {
    fakes::TextSource source(content.substr(0, kPartBytes), 1);
    source.fail_at(at, {.code = Code::kUnavailable, .message = "The client has gone."});
    EXPECT_EQ(code_of(uploads_.write_part(owner_, media.id, 1,
                                          {.source = source, .length = 10, .hash = {}})),
              Code::kUnavailable);
    // The store may have lost what it was before: so it must not count.
    EXPECT_EQ(uploads_.find(owner_, media.id)->parts.size(), 2U) << at;
    EXPECT_EQ(code_of(uploads_.complete(owner_, media.id)), Code::kUploadIncomplete);
  }
  EXPECT_TRUE(write(media, 1, content).ok());
  EXPECT_EQ(uploads_.complete(owner_, media.id)->hash, fakes::hash_of(content));
}

TEST_F(MediaUploadsTest, AWritingThatWasOvertakenDoesNotCount) {
  const std::string content = png(25);
  const Media media = upload(png_upload(25));
  const auto first = store_.begin_part({}, media.id, 1);
  EXPECT_TRUE(write(media, 1, content).ok());
  EXPECT_EQ(code_of(store_.finish_part({}, media.id, {.number = 1}, *first, clock_.now())),
            Code::kUploadBusy);
}

/// A store in which somebody writes a part while the whole is hashed.
class BusyBlobStore : public fakes::FakeBlobStore {
 public:
  explicit BusyBlobStore(fakes::FakeMediaStore& media) : media_(media) {}
  Result<ContentHash> hash(const Context& context, const JoinPlan& plan) override {
    EXPECT_TRUE(media_.begin_part(context, *MediaId::parse(plan.upload.substr(8)), 2).ok());
    return FakeBlobStore::hash(context, plan);
  }

 private:
  fakes::FakeMediaStore& media_;
};

TEST_F(MediaUploadsTest, CompleteIsRefusedWhenAPartIsBegunMeanwhile) {
  BusyBlobStore busy(store_);
  MediaUploads uploads{
      {store_, event_store_, busy, jobs_, units_, clock_, ids_, observer_, room_, authenticator_},
      limits_};
  const std::string content = png(25);
  const Media media = uploads.create(owner_, png_upload(25))->media;
  for (std::uint32_t number = 1; number <= 3; ++number) {
    const PartPlace place = *part_place(media, number);
    fakes::TextSource source(content.substr(place.offset, place.bytes));
    EXPECT_TRUE(
        uploads.write_part(owner_, media.id, number, {.source = source, .length = {}, .hash = {}})
            .ok());
  }
  EXPECT_EQ(code_of(uploads.complete(owner_, media.id)), Code::kUploadBusy);
  EXPECT_EQ(code_of(uploads.complete(owner_, media.id)), Code::kUploadIncomplete);
  EXPECT_EQ(busy.join_count(), 0);
}

TEST_F(MediaUploadsTest, AContentOfAnotherHashStaysToBeWrittenAgain) {
  const std::string content = png(25);
  NewMedia wanted = png_upload(25);
  wanted.hash = fakes::hash_of(content);
  const Media media = upload(wanted);
  write_all_parts(media, png(25, 'x'));
  EXPECT_EQ(code_of(uploads_.complete(owner_, media.id)), Code::kChecksumMismatch);
  EXPECT_EQ(code_of(uploads_.complete(owner_, media.id)), Code::kChecksumMismatch);
  write_all_parts(media, content);
  EXPECT_TRUE(uploads_.complete(owner_, media.id).ok());
}

TEST_F(MediaUploadsTest, AContentOfATypeThatIsNotTakenOrNotDeclaredIsDropped) {
  for (const std::string start : {"<html><script>", "OggS",
                                  "\x7f"
                                  "ELF"}) {
    std::string content = start;
    content.resize(25);
    const Media media = upload(png_upload(25));
    write_all_parts(media, content);
    EXPECT_EQ(code_of(uploads_.complete(owner_, media.id)), Code::kMediaTypeNotAllowed);
    EXPECT_EQ(code_of(uploads_.complete(owner_, media.id)), Code::kNotFound);
  }
  EXPECT_TRUE(blobs_.keys().empty());
  EXPECT_EQ(*store_.bytes_used(owner_, *owner_.principal.account_id), 0U);
  EXPECT_EQ(observer_.media_changes().back(), MediaChange::kRefused);
}

TEST_F(MediaUploadsTest, OneContentIsStoredOnceUnderManyNames) {
  const std::string content = png(25);
  const Media first = stored(content);
  NewMedia renamed = png_upload(25);
  renamed.file_name = "../../etc/passwd";
  const Media second = stored(content, renamed);
  EXPECT_EQ(first.hash, second.hash);
  EXPECT_EQ(store_.blob(*first.hash)->references, 2);
  EXPECT_EQ(blobs_.join_count(), 1);
  EXPECT_EQ(blobs_.keys(), std::vector{content_key(*first.hash)});
}

TEST_F(MediaUploadsTest, ACompletionWhoseCommitFailsMayBeRepeated) {
  const std::string content = png(25);
  const Media media = upload(png_upload(25));
  write_all_parts(media, content);
  units_.fail_next_commit();
  EXPECT_EQ(code_of(uploads_.complete(owner_, media.id)), Code::kUnavailable);
  EXPECT_TRUE(jobs_.jobs().empty());
  // The parts are joined and gone; what they were is known.
  const auto again = uploads_.complete(owner_, media.id);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(blobs_.keys(), std::vector{content_key(fakes::hash_of(content))});
  EXPECT_TRUE(store_.blob(*again->hash)->is_stored);
  EXPECT_EQ(blobs_.hash_count(), 1);
}

TEST_F(MediaUploadsTest, AStoreThatIsAwayLosesNothingThatWasAnsweredFor) {
  const std::string content = png(25);
  const Media media = upload(png_upload(25));
  EXPECT_TRUE(write(media, 1, content).ok());
  blobs_.fail_with({.code = Code::kUnavailable, .message = "The store is away."});
  EXPECT_EQ(code_of(write(media, 2, content)), Code::kUnavailable);
  blobs_.heal();
  EXPECT_TRUE(write(media, 2, content).ok());
  EXPECT_TRUE(write(media, 3, content).ok());
  blobs_.fail_with({.code = Code::kUnavailable, .message = "The store is away."});
  EXPECT_EQ(code_of(uploads_.complete(owner_, media.id)), Code::kUnavailable);
  blobs_.heal();
  EXPECT_TRUE(uploads_.complete(owner_, media.id).ok());
}

TEST_F(MediaUploadsTest, WriteWholeCutsOneContentIntoTheParts) {
  const std::string content = png(25);
  const Media media = upload(png_upload(25));
  for (const std::size_t piece : {1U, 7U, 10U, 100U}) {
    fakes::TextSource source(content, piece);
    const auto done =
        uploads_.write_whole(owner_, media.id, {.source = source, .length = 25, .hash = {}});
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->hash, fakes::hash_of(content));
  }
}

TEST_F(MediaUploadsTest, WriteWholeRefusesWhatIsNotTheWhole) {
  const Media media = upload(png_upload(25));
  for (const std::size_t bytes : {5U, 20U, 24U, 26U, 60U}) {
    fakes::TextSource source(png(bytes));
    EXPECT_EQ(code_of(uploads_.write_whole(owner_, media.id,
                                           {.source = source, .length = {}, .hash = {}})),
              Code::kChecksumMismatch)
        << bytes;
  }
  fakes::TextSource source(png(25));
  EXPECT_EQ(code_of(uploads_.write_whole(
                owner_, media.id, {.source = source, .length = 25, .hash = fakes::hash_of("?")})),
            Code::kChecksumMismatch);
}

TEST_F(MediaUploadsTest, WriteWholeOfACompleteOneTakesTheSameBytesAlone) {
  const Media media = stored(png(25));
  const auto again = [&](const std::string& content, std::optional<std::uint64_t> length,
                         std::optional<ContentHash> hash) -> std::optional<Code> {
    fakes::TextSource source(content);
    const auto done =
        uploads_.write_whole(owner_, media.id, {.source = source, .length = length, .hash = hash});
    return done ? std::nullopt : std::optional(done.error().code);
  };
  EXPECT_EQ(again(png(25), 25, {}), std::nullopt);
  EXPECT_EQ(again(png(25), {}, fakes::hash_of(png(25))), std::nullopt);
  for (const std::string& other : {png(25, '!'), png(24), png(26), png(900)}) {
    EXPECT_EQ(again(other, other.size(), {}), Code::kStatusChangeNotAllowed);
    EXPECT_EQ(again(other, {}, {}), Code::kStatusChangeNotAllowed);
    EXPECT_EQ(again(other, {}, fakes::hash_of(other)), Code::kStatusChangeNotAllowed);
    EXPECT_EQ(again(other, {}, fakes::hash_of(png(25))), Code::kStatusChangeNotAllowed);
  }
  EXPECT_EQ(again(png(25), {}, fakes::hash_of("?")), Code::kStatusChangeNotAllowed);
  EXPECT_EQ(blobs_.keys(), std::vector{content_key(fakes::hash_of(png(25)))});
}

TEST_F(MediaUploadsTest, WriteWholeThatIsOfNoUseLeavesNoParts) {
  const Media media = upload(png_upload(25));
  for (const auto& [bytes, hash] :
       {std::pair(std::size_t{26}, std::optional<ContentHash>{}),
        std::pair(std::size_t{25}, std::optional(fakes::hash_of("?")))}) {
    fakes::TextSource source(png(bytes));
    EXPECT_EQ(code_of(uploads_.write_whole(owner_, media.id,
                                           {.source = source, .length = {}, .hash = hash})),
              Code::kChecksumMismatch);
    EXPECT_TRUE(uploads_.find(owner_, media.id)->parts.empty());
  }
}

TEST_F(MediaUploadsTest, WriteWholeOfAClientThatWentAwayKeepsItsWholeParts) {
  const Media media = upload(png_upload(25));
  fakes::TextSource source(png(25), 5);
  source.fail_at(15, {.code = Code::kUnavailable, .message = "gone"});
  EXPECT_EQ(
      code_of(uploads_.write_whole(owner_, media.id, {.source = source, .length = 25, .hash = {}})),
      Code::kUnavailable);
  EXPECT_EQ(uploads_.find(owner_, media.id)->parts.size(), 1U);
}

TEST_F(MediaUploadsTest, OnlyTheOwnerAndAdministratorsWrite) {
  const Media media = upload(png_upload(25));
  for (const auto& [context, code] :
       {std::pair(anonymous_, Code::kNotAuthenticated), std::pair(other_, Code::kNotFound)}) {
    fakes::TextSource source(png(10));
    EXPECT_EQ(code_of(uploads_.write_part(context, media.id, 1,
                                          {.source = source, .length = {}, .hash = {}})),
              code);
    EXPECT_EQ(code_of(uploads_.complete(context, media.id)), code);
    EXPECT_EQ(code_of(uploads_.find(context, media.id)), code);
    EXPECT_EQ(code_of(uploads_.find(context, {fakes::FakeIdSource::nth(9'999)})), code);
  }
  EXPECT_TRUE(uploads_.find(administrator_, media.id).ok());
}

TEST_F(MediaUploadsTest, AnExpiredUploadIsNotThereAndEachPartPutsItOff) {
  const std::string content = png(25);
  const Media media = upload(png_upload(25));
  clock_.advance(limits_.upload_lifetime - std::chrono::seconds(1));
  EXPECT_TRUE(write(media, 1, content).ok());
  clock_.advance(limits_.upload_lifetime - std::chrono::seconds(1));
  EXPECT_TRUE(write(media, 2, content).ok());
  clock_.advance(limits_.upload_lifetime);
  EXPECT_EQ(code_of(write(media, 3, content)), Code::kNotFound);
  EXPECT_EQ(code_of(uploads_.complete(owner_, media.id)), Code::kNotFound);
}

TEST_F(MediaUploadsTest, ACompleteOneCannotBeWritten) {
  const Media media = stored(png(25));
  EXPECT_EQ(code_of(write(media, 1, png(25))), Code::kStatusChangeNotAllowed);
  EXPECT_EQ(code_of(uploads_.find(owner_, media.id)), Code::kStatusChangeNotAllowed);
}

}  // namespace
}  // namespace vigie::domain
