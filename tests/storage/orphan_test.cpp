#include <algorithm>
#include <filesystem>
#include <random>
#include <sstream>

#include "server/blob/disk_blob_store.hpp"
#include "server/domain/blob_sweep.hpp"
#include "server/domain/media_uploads.hpp"
#include "server/net/cpu_pool.hpp"
#include "server/storage/blob_references.hpp"
#include "tests/fakes/fake_event_store.hpp"
#include "tests/fakes/fake_job_run.hpp"
#include "tests/fakes/fake_secrets.hpp"
#include "tests/fakes/killed_process.hpp"
#include "tests/fakes/recording_observer.hpp"
#include "tests/storage/worlds.hpp"

namespace vigie::storage::testing {
namespace {

constexpr int kKills = 200;
/// What has to be acknowledged by then, lest nothing could be lost. On a busy machine the victims
/// come to less: then there are more of them, and they live longer.
constexpr int kCompleted = 20;
constexpr int kKillsMax = 3 * kKills;

/// Media over PostgreSQL and a disk: what `vigie serve` is made of, without its network.
class Service {
 public:
  Service(const std::string& conninfo, const std::string& directory)
      : harness_(DatabaseOptions{.conninfo = conninfo}), blobs_(*pool_, directory) {}

  domain::BlobStore& blobs() { return blobs_; }
  domain::MediaUploads& uploads() { return uploads_; }
  Harness& harness() { return harness_; }
  domain::BlobReferences& references() { return references_; }
  domain::Result<void> sweep() {
    fakes::FakeJobRun run{domain::Job{.kind = "blob.sweep"}};
    domain::BlobSweep sweep({blobs_, references_, media_, units_, clock_, observer_}, 0ms);
    return sweep.run(within(60s), run);
  }

 private:
  class WallClock : public domain::Clock {
    domain::Timestamp now() const override {
      return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    }
  };

  Harness harness_;
  std::unique_ptr<net::CpuPool> pool_ = net::make_cpu_pool("blob", 2, 64);
  blob::DiskBlobStore blobs_;
  PgMediaStore media_{harness_.database()};
  PgUnitsOfWork units_{harness_.database()};
  PgBlobReferences references_{harness_.database()};
  RandomIds ids_;
  PgJobQueue jobs_{harness_.database(), ids_, harness_.telemetry().metrics};
  WallClock clock_;
  fakes::FakeEventStore events_;
  fakes::RecordingObserver observer_;
  fakes::FakeMessageAuthenticator authenticator_;
  domain::StorageRoom room_{0};
  domain::MediaUploads uploads_{
      {media_, events_, blobs_, jobs_, units_, clock_, ids_, observer_, room_, authenticator_},
      {.part_bytes_min = 1'000, .quota_bytes = std::uint64_t{1} << 40}};
};

class TextSource : public domain::BlobSource {
 public:
  explicit TextSource(std::string_view text) : text_(text) {}
  domain::Result<std::string_view> next() override { return std::exchange(text_, {}); }

 private:
  std::string_view text_;
};

/// Uploads contents, some of which are there already, and tells the hash of each that was
/// completed.
[[noreturn]] void work_until_killed(const std::string& conninfo, const std::string& directory,
                                    domain::AccountId owner, int pipe) {
  Service service(conninfo, directory);
  fakes::tell(pipe, "S\n");
  service.harness().run_all(3, [&](std::size_t) {
    std::random_device random;
    domain::Context context;
    context.principal = {.account_id = owner, .role = domain::Role::kOrganiser};
    while (true) {
      context.deadline = Clock::now() + 30s;
      std::string content = "\x89PNG\r\n\x1a\n" + std::to_string(random() % 500);
      content.resize(25'000, '.');
      const auto made = service.uploads().create(
          context,
          {.file_name = "a.png", .type = "image/png", .bytes = 25'000, .part_bytes = 10'000});
      if (!made) std::_Exit(3);
      const domain::Media media = made->media;
      for (std::uint32_t number = 1; number <= 3; ++number) {
        const domain::PartPlace place = *domain::part_place(media, number);
        TextSource source(std::string_view(content).substr(place.offset, place.bytes));
        const auto part = service.uploads().write_part(
            context, media.id, number, {.source = source, .length = {}, .hash = {}});
        if (!part) std::_Exit(4);
      }
      const auto complete = service.uploads().complete(context, media.id);
      if (complete) fakes::tell(pipe, complete->hash->to_string() + "\n");
    }
  });
  std::_Exit(5);
}

domain::AccountId stored_account(const std::string& conninfo) {
  Harness harness(DatabaseOptions{.conninfo = conninfo});
  PgAccountStore accounts(harness.database());
  RandomIds ids;
  const domain::AccountId id{ids.next()};
  harness.run([&] {
    VIGIE_EXPECT_OK(accounts.insert(within(10s), {.id = id,
                                                  .email = id.to_string() + "@example.org",
                                                  .display_name = "Orphans",
                                                  .role = domain::Role::kOrganiser,
                                                  .password_hash = "none"}));
  });
  return id;
}

/// After the sweep, what is stored and what is known are the same.
void expect_no_orphan(Service& service, const std::string& told) {
  // Whatever the kills have left, there is one to be found.
  const domain::BlobKey planted = domain::content_key({});
  VIGIE_EXPECT_OK(service.blobs().put(within(10s), planted, "orphan"));
  EXPECT_EQ(*service.references().are_referenced(within(10s), {planted}), std::vector{false});
  VIGIE_EXPECT_OK(service.sweep());
  EXPECT_FALSE(service.blobs().find(within(10s), planted)->has_value());
  const auto listed = service.blobs().list(within(30s), "", "", 100'000);
  VIGIE_EXPECT_OK(listed);
  std::vector<domain::BlobKey> keys;
  for (const auto& each : *listed) keys.push_back(each.key);
  const auto named = service.references().are_referenced(within(30s), keys);
  VIGIE_EXPECT_OK(named);
  for (std::size_t i = 0; i < keys.size(); ++i) EXPECT_TRUE((*named)[i]) << keys[i];
  std::istringstream lines(told);
  int completed = 0;
  for (std::string line; std::getline(lines, line); ++completed) {
    const auto hash = domain::ContentHash::parse(line);
    if (!hash) continue;  // cut off
    const auto found = service.blobs().find(within(10s), domain::content_key(*hash));
    EXPECT_TRUE(found && *found) << line;
  }
  EXPECT_GT(completed, kCompleted);
}

TEST(OrphanTest, NoneIsLeftAfterAnyKillAndNothingAcknowledgedIsLost) {
  const std::string conninfo = migrated_database();
  const domain::AccountId owner = stored_account(conninfo);
  std::string pattern = "/tmp/vigie-orphans-XXXXXX";
  ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
  std::string told;
  std::mt19937 random(std::random_device{}());
  const auto is_enough = [&told] { return std::ranges::count(told, '\n') > kCompleted; };
  for (int i = 0; i < kKills || (i < kKillsMax && !is_enough()); ++i) {
    const auto life_max = i < kKills ? 60'000U : 300'000U;
    told += fakes::told_until_killed(
        [&](int pipe) { work_until_killed(conninfo, pattern, owner, pipe); },
        std::chrono::microseconds(random() % life_max));
  }
  {
    Service service(conninfo, pattern);
    service.harness().run([&] { expect_no_orphan(service, told); });
  }
  std::filesystem::remove_all(pattern);
}

}  // namespace
}  // namespace vigie::storage::testing
