#include "server/storage/blob_references.hpp"

#include "tests/storage/worlds.hpp"

namespace vigie::storage::testing {
namespace {

using domain::ContentHash;
using domain::Media;

class BlobReferencesTest : public DatabaseTest {
 protected:
  void SetUp() override {
    run([this] {
      VIGIE_EXPECT_OK(accounts_.insert(
          within(5s), {.id = owner_, .email = "blobs+" + owner_.to_string() + "@example.org"}));
    });
  }
  void run(const std::function<void()>& body) { harness_.run(body); }

  Media upload() {
    const Media media{.id = {ids_.next()},
                      .owner_id = owner_,
                      .file_name = "a.png",
                      .declared_type = "image/png",
                      .bytes = 25,
                      .part_bytes = 10};
    VIGIE_EXPECT_OK(media_.insert(within(5s), media, 1'000));
    return media;
  }
  ContentHash new_hash() {
    ContentHash hash;
    const domain::Uuid id = ids_.next();
    std::copy(id.bytes.begin(), id.bytes.end(), hash.bytes.begin());
    return hash;
  }
  Media complete() {
    Media media = upload();
    media.state = domain::MediaState::kProcessing;
    media.hash = new_hash();
    media.type = "image/png";
    media.completed_at = fakes::FakeClock::kDefaultStart;
    within_a_unit([&](const domain::Context& joined) {
      VIGIE_EXPECT_OK(media_.lock_blob(joined, *media.hash, media.bytes));
      VIGIE_EXPECT_OK(media_.complete(joined, media));
    });
    return media;
  }
  /// Part 1 of an upload; its hash.
  ContentHash write_part(const Media& media, std::uint64_t bytes) {
    const ContentHash hash = new_hash();
    const auto generation = media_.begin_part(within(5s), media.id, 1);
    VIGIE_EXPECT_OK(generation);
    VIGIE_EXPECT_OK(media_.finish_part(
        within(5s), media.id,
        {.number = 1, .receipt = {.bytes = bytes, .hash = hash, .token = "token"}, .head = "head"},
        *generation, fakes::FakeClock::kDefaultStart));
    return hash;
  }
  void within_a_unit(const std::function<void(const domain::Context&)>& work) {
    VIGIE_EXPECT_OK(domain::within_unit(within(5s), units_, [&](const domain::Context& joined) {
      work(joined);
      return domain::Result<void>{};
    }));
  }
  std::vector<bool> are_referenced(const std::vector<domain::BlobKey>& keys) {
    const auto answer = references_.are_referenced(within(5s), keys);
    VIGIE_EXPECT_OK(answer);
    return answer ? *answer : std::vector<bool>{};
  }

  Harness harness_{options()};
  RandomIds ids_;
  PgAccountStore accounts_{harness_.database()};
  PgMediaStore media_{harness_.database()};
  PgUnitsOfWork units_{harness_.database()};
  PgBlobReferences references_{harness_.database()};
  const domain::AccountId owner_{ids_.next()};
};

TEST_F(BlobReferencesTest, NameUploadsContentsAndTheirPreviews) {
  run([&] {
    const Media begun = upload();
    const Media done = complete();
    const ContentHash unknown = new_hash();
    EXPECT_EQ(
        are_referenced({domain::upload_key(begun.id), domain::upload_key(done.id),
                        domain::upload_key({ids_.next()}), "uploads/no-id",
                        domain::content_key(*done.hash),
                        domain::preview_key(*done.hash, "small.webp"), domain::content_key(unknown),
                        domain::preview_key(unknown, "small.webp"), "backups/a.dump"}),
        (std::vector<bool>{true, false, false, false, true, true, false, false, true}));
    EXPECT_EQ(are_referenced({}), std::vector<bool>{});
  });
}

/// A process that is killed between the joining of the parts and its commit leaves the content
/// alone.
TEST_F(BlobReferencesTest, NameWhatAnUnfinishedUploadIsToBecome) {
  run([&] {
    const Media verified = upload();
    const ContentHash whole = new_hash();
    VIGIE_EXPECT_OK(media_.set_verified(within(5s), verified.id, whole, verified.generation));
    const ContentHash single = write_part(upload(), 25);
    const ContentHash of_many = write_part(upload(), 10);
    EXPECT_EQ(are_referenced({domain::content_key(whole), domain::content_key(single),
                              domain::content_key(of_many)}),
              (std::vector<bool>{true, true, false}));
    within_a_unit(
        [&](const domain::Context& joined) { VIGIE_EXPECT_OK(media_.forget(joined, verified)); });
    EXPECT_EQ(are_referenced({domain::content_key(whole)}), std::vector<bool>{false});
  });
}

TEST_F(BlobReferencesTest, KnowWhetherThereAreContents) {
  static constexpr Query kForgetAll = diagnostic("TRUNCATE blobs CASCADE", Lane::kWrite, false);
  run([&] {
    complete();
    EXPECT_TRUE(*references_.has_contents(within(5s)));
    const auto rolled_back =
        domain::within_unit(within(5s), units_, [&](const domain::Context& joined) {
          VIGIE_EXPECT_OK(harness_.database().exec(joined, kForgetAll, Parameters()));
          EXPECT_FALSE(*references_.has_contents(joined));
          return domain::Result<void>(domain::Error{.code = domain::Code::kUnavailable});
        });
    EXPECT_FALSE(rolled_back);
    EXPECT_TRUE(*references_.has_contents(within(5s)));
  });
}

TEST_F(BlobReferencesTest, NameNoContentThatIsOnItsWayOut) {
  run([&] {
    const Media media = complete();
    within_a_unit([&](const domain::Context& joined) {
      VIGIE_EXPECT_OK(media_.lock(joined, media.id));
      VIGIE_EXPECT_OK(media_.forget(joined, media));
    });
    EXPECT_EQ(are_referenced({domain::content_key(*media.hash)}), std::vector<bool>{false});
  });
}

}  // namespace
}  // namespace vigie::storage::testing
