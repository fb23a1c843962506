#include <gtest/gtest.h>

#include <atomic>

#include "server/domain/media_library.hpp"
#include "server/domain/media_purge.hpp"
#include "server/domain/media_uploads.hpp"
#include "tests/fakes/fake_blob_store.hpp"
#include "tests/fakes/fake_job_run.hpp"
#include "tests/fakes/fake_secrets.hpp"
#include "tests/fakes/recording_observer.hpp"
#include "tests/storage/worlds.hpp"

namespace vigie::storage::testing {
namespace {

using domain::Media;
using domain::MediaId;

/// The use-cases of media on PostgreSQL, two reactors, and a store of objects in memory.
class MediaRaceTest : public DatabaseTest {
 protected:
  void SetUp() override {
    harness_.run([this] {
      const domain::AccountId id{ids_.next()};
      const std::string email = "media+" + id.to_string() + "@example.org";
      EXPECT_TRUE(accounts_.insert(within(5s), {.id = id, .email = email}).ok());
      owner_ = id;
    });
  }
  domain::Context as_owner() const {
    domain::Context context = within(20s);
    context.principal = {.account_id = owner_, .role = domain::Role::kUser};
    return context;
  }
  /// Another content for each test and each letter, in two parts.
  std::string png(char letter) const { return "\x89PNG\r\n\x1a\n" + (letter + salt_); }

  /// A busy pool is no fault of the race: those calls are tried again.
  template <typename Call>
  auto retried(Call call) {
    while (true) {
      auto result = call();
      if (result || result.error().code != domain::Code::kOverloaded) return result;
    }
  }
  domain::Result<Media> create(std::size_t bytes) {
    const domain::NewMedia wanted{.file_name = "a.png",
                                  .type = "image/png",
                                  .bytes = static_cast<std::int64_t>(bytes),
                                  .part_bytes = 10};
    auto upload = retried([&] { return uploads_.create(as_owner(), wanted); });
    if (!upload) return std::move(upload).error();
    return upload->media;
  }
  /// An upload with all its parts.
  Media written(const std::string& content) {
    const auto media = create(content.size());
    EXPECT_TRUE(media.ok());
    for (std::uint32_t number = 1; number <= domain::part_count(*media); ++number) {
      const auto place = *domain::part_place(*media, number);
      const auto part = retried([&] {
        fakes::TextSource source(content.substr(place.offset, place.bytes));
        return uploads_.write_part(as_owner(), media->id, number,
                                   {.source = source, .length = {}, .hash = {}});
      });
      EXPECT_TRUE(part.ok()) << part.error().message;
    }
    return *media;
  }
  domain::Result<Media> complete(MediaId id) {
    return retried([&] { return uploads_.complete(as_owner(), id); });
  }
  domain::Result<void> purge(const fakes::QueuedJob& job) {
    return retried([&] {
      fakes::FakeJobRun run(job);
      return purge_.run(within(20s), run);
    });
  }
  std::optional<domain::BlobRecord> blob(const std::string& content) {
    std::optional<domain::BlobRecord> found;
    const auto done = domain::within_unit(within(20s), units_, [&](const domain::Context& joined) {
      found = *store_.find_blob_locked(joined, fakes::hash_of(content));
      return domain::Result<void>{};
    });
    EXPECT_TRUE(done.ok());
    return found;
  }

  Harness harness_{options(), 2};
  PgAccountStore accounts_{harness_.database()};
  PgMediaStore store_{harness_.database()};
  PgEventStore events_{harness_.database()};
  PgUnitsOfWork units_{harness_.database()};
  RandomIds ids_;
  const std::string salt_ = ids_.next().to_string().substr(25);
  fakes::FakeBlobStore blobs_;
  fakes::FakeJobQueue jobs_;
  fakes::FakeClock clock_;
  fakes::RecordingObserver observer_;
  fakes::FakeMessageAuthenticator authenticator_;
  domain::AccountId owner_;
  domain::MediaLimits limits_{.part_bytes_min = 10,
                              .part_bytes_max = 1'000,
                              .quota_bytes = 1'000,
                              .purge_after = std::chrono::milliseconds(0)};
  domain::StorageRoom room_{0};
  domain::MediaUploads uploads_{
      {store_, events_, blobs_, jobs_, units_, clock_, ids_, observer_, room_, authenticator_},
      limits_};
  domain::MediaLibrary library_{{store_, events_, blobs_, jobs_, units_, clock_, observer_},
                                limits_};
  domain::MediaPurge purge_{{store_, blobs_, units_, clock_, observer_}};
};

TEST_F(MediaRaceTest, OfManyCreationsAtOnceNoneGoesBeyondTheQuota) {
  std::atomic<int> made{0};
  std::atomic<int> refused{0};
  harness_.run_all(20, [&](std::size_t) {
    const auto media = create(150);
    if (media) {
      made += 1;
    } else {
      EXPECT_EQ(code_of(media), "quota_exceeded");
      refused += 1;
    }
  });
  EXPECT_EQ(made, 6);
  EXPECT_EQ(refused, 14);
}

TEST_F(MediaRaceTest, OneUploadIsCompletedOnceHoweverManyAsk) {
  std::optional<Media> media;
  harness_.run([&] { media = written(png('o')); });
  harness_.run_all(10, [&](std::size_t) {
    const auto done = complete(media->id);
    EXPECT_TRUE(done.ok()) << done.error().message;
    EXPECT_EQ(done->state, domain::MediaState::kProcessing);
  });
  harness_.run([&] {
    EXPECT_EQ(blob(png('o'))->references, 1);
    EXPECT_EQ(jobs_.jobs().size(), 1U);
  });
}

TEST_F(MediaRaceTest, TheSameContentOfManyIsStoredOnce) {
  constexpr std::size_t kCount = 10;
  std::vector<Media> media(kCount);
  harness_.run([&] {
    for (Media& one : media) one = written(png('s'));
  });
  harness_.run_all(kCount, [&](std::size_t i) {
    const auto done = complete(media[i].id);
    EXPECT_TRUE(done.ok()) << done.error().message;
  });
  EXPECT_EQ(blobs_.join_count(), 1);
  harness_.run([&] { EXPECT_EQ(blob(png('s'))->references, static_cast<int>(kCount)); });
  EXPECT_EQ(blobs_.keys(), std::vector{domain::content_key(fakes::hash_of(png('s')))});
}

/// Whichever comes first: a media that was completed has its content afterwards.
TEST_F(MediaRaceTest, APurgeTakesNoContentFromACompletionOfTheSame) {
  for (int round = 0; round < 20; ++round) {
    const std::string content = png(static_cast<char>('A' + round));
    std::optional<Media> first, second;
    harness_.run([&] {
      first = *complete(written(content).id);
      second = written(content);
      EXPECT_TRUE(retried([&] { return library_.remove(as_owner(), first->id); }).ok());
    });
    const fakes::QueuedJob job = jobs_.jobs().back();
    ASSERT_EQ(job.kind, "media.purge");
    harness_.run_all(2, [&](std::size_t i) {
      if (i == 0) {
        EXPECT_TRUE(complete(second->id).ok());
      } else {
        EXPECT_TRUE(purge(job).ok());
      }
    });
    harness_.run([&] {
      EXPECT_EQ(blob(content)->references, 1);
      EXPECT_TRUE(blob(content)->is_stored);
      EXPECT_TRUE(blobs_.has(domain::content_key(fakes::hash_of(content)))) << round;
      EXPECT_TRUE(retried([&] { return library_.remove(as_owner(), second->id); }).ok());
      EXPECT_TRUE(purge(jobs_.jobs().back()).ok());
      EXPECT_FALSE(blob(content));
    });
  }
}

/// A part that is written again while the upload is completed: refused, or not in it.
TEST_F(MediaRaceTest, ACompletionHasTheContentThatItVerified) {
  for (int round = 0; round < 20; ++round) {
    const std::string content = png(static_cast<char>('a' + round));
    std::optional<Media> media;
    harness_.run([&] { media = written(content); });
    std::atomic<bool> is_complete{false};
    harness_.run_all(2, [&](std::size_t i) {
      if (i == 0) {
        const auto done = complete(media->id);
        is_complete = done.ok();
        if (!done) {
          const std::string code = code_of(done);
          EXPECT_TRUE(code == "upload_busy" || code == "upload_incomplete" || code == "not_found")
              << code;
        }
        return;
      }
      fakes::TextSource source("#" + salt_.substr(2));  // as long, and of this test alone
      static_cast<void>(uploads_.write_part(as_owner(), media->id, 2,
                                            {.source = source, .length = {}, .hash = {}}));
    });
    if (!is_complete) continue;
    harness_.run([&] {
      const auto readable = library_.content(as_owner(), media->id);
      ASSERT_TRUE(readable.ok());
      auto opened = blobs_.open(within(5s), readable->key, 0, readable->bytes);
      ASSERT_TRUE(opened.ok());
      auto& source = *std::get<std::unique_ptr<domain::BlobSource>>(*opened);
      std::string text;
      for (auto piece = source.next(); piece && !piece->empty(); piece = source.next()) {
        text += *piece;
      }
      EXPECT_EQ(fakes::hash_of(text).to_string(), readable->identity);
    });
  }
}

}  // namespace
}  // namespace vigie::storage::testing
