#include "server/preview/media_process_handler.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "server/net/runtime.hpp"
#include "server/preview/protocol.hpp"
#include "tests/domain/media_world.hpp"
#include "tests/fakes/captured_telemetry.hpp"
#include "tests/fakes/fake_cpu_pool.hpp"
#include "tests/preview/samples.hpp"

namespace vigie::preview {
namespace {

using namespace domain;
using namespace testing;

/// A store that is gone after so many previews, as when the process dies there.
class DyingBlobStore : public fakes::FakeBlobStore {
 public:
  Result<void> put(const Context& context, const BlobKey& key, std::string_view bytes) override {
    if (puts_left == 0) return Error{.code = Code::kUnavailable, .message = "The store is away."};
    --puts_left;
    return FakeBlobStore::put(context, key, bytes);
  }
  int puts_left = 1'000;
};

class MediaProcess : public MediaWorld {
 protected:
  /// A media of that content, complete.
  Media uploaded(const std::string& content, const std::string& type = "image/png") {
    const auto size = static_cast<std::int64_t>(content.size());
    const auto created = uploads_.create(
        owner_, {.file_name = "f", .type = type, .bytes = size, .part_bytes = size});
    EXPECT_TRUE(created.ok());
    fakes::TextSource source(content, 1'000);
    const auto media = uploads_.write_whole(owner_, created->media.id,
                                            {.source = source, .length = {}, .hash = {}});
    EXPECT_TRUE(media.ok()) << (media ? "" : media.error().message);
    return media ? *media : Media{};
  }

  Result<void> run(fakes::FakeJobRun& job,
                   const PreviewOptions& options = {.program = PREVIEW_PROGRAM}) {
    Result<void> ended;
    net::run_on_fiber(runtime_, 0, [&] {
      const PreviewProcess previews(options);
      MediaProcessHandler handler(
          {blobs_, processing_, previews, telemetry_.metrics, telemetry_.log});
      Context context;
      context.correlation_id = "cause";
      context.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
      ended = handler.run(context, job);
    });
    return ended;
  }

  fakes::FakeJobRun job_of(const Media& media, int attempt = 1) {
    for (const auto& queued : jobs("media.process")) {
      if (queued.payload.find(media.id.to_string()) == std::string::npos) continue;
      Job job = fakes::FakeJobRun(queued).job();
      job.attempt = attempt;
      return fakes::FakeJobRun(job);
    }
    ADD_FAILURE() << "no job";
    return fakes::FakeJobRun(Job{});
  }
  Media now(const Media& media) { return **store_.find({}, media.id); }
  std::size_t previews_of(const Media& media) {
    return static_cast<std::size_t>(std::count_if(
        kPreviewNames.begin(), kPreviewNames.end(),
        [&](std::string_view name) { return blobs_.has(preview_key(*media.hash, name)); }));
  }
  std::string processed(const std::string& outcome) {
    return telemetry_.metric("vigie_media_processed_total{outcome=\"" + outcome + "\"}");
  }
  bool is_told(const std::string& text) {
    const auto lines = telemetry_.log_lines();
    return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
      return line.find("media.process_failed") != std::string::npos &&
             line.find(text) != std::string::npos;
    });
  }

  net::Runtime runtime_{
      {.reactor_count = 1, .fiber_stack_bytes = std::size_t{256} * 1024, .name = "test"}};
  fakes::CapturedTelemetry telemetry_;
  fakes::FakeCpuPool pool_;
  DyingBlobStore blobs_;
  MediaLimits limits_{.part_bytes_min = 1, .part_bytes_max = 1'000'000, .bytes_max = 1'000'000};
  StorageRoom room_{0};
  MediaUploads uploads_{
      {store_, event_store_, blobs_, jobs_, units_, clock_, ids_, observer_, room_, authenticator_},
      limits_};
  MediaProcessing processing_{store_, units_, clock_};
};

TEST_F(MediaProcess, MakesTheSixPreviewsOfAnImage) {
  const Media media = uploaded(black_png(3000, 1000));
  auto job = job_of(media);
  ASSERT_TRUE(run(job).ok());
  EXPECT_TRUE(job.is_finished());
  EXPECT_EQ(now(media).state, MediaState::kReady);
  EXPECT_EQ(now(media).facts.width, 3000);
  EXPECT_EQ(now(media).facts.height, 1000);
  EXPECT_EQ(now(media).facts.previews.size(), kPreviewNames.size());
  EXPECT_EQ(previews_of(media), kPreviewNames.size());
  EXPECT_EQ(processed("ready"), "1");
}

TEST_F(MediaProcess, NamesPreviewsAsTheRestOfVigieDoes) {
  for (const std::string_view name : domain::kPreviewNames) {
    EXPECT_NE(std::find(kPreviewNames.begin(), kPreviewNames.end(), name), kPreviewNames.end());
  }
}

TEST_F(MediaProcess, TakesWhatIsNoImageAsItIs) {
  for (const auto& [path, type] :
       {std::pair{"/usr/share/sounds/freedesktop/stereo/bell.oga", "audio/ogg"},
        std::pair{"/usr/share/sounds/sound-icons/trumpet-12.wav", "audio/wav"},
        std::pair{"/usr/share/developers-reference/developers-reference.pdf", "application/pdf"}}) {
    const std::string content = content_of(path);
    if (content.empty()) GTEST_SKIP() << path << " is not installed";
    const Media media = uploaded(content, type);
    EXPECT_EQ(media.type, type);
    auto job = job_of(media);
    ASSERT_TRUE(run(job).ok());
    EXPECT_EQ(now(media).state, MediaState::kReady);
    EXPECT_EQ(now(media).facts, MediaFacts{});
    EXPECT_EQ(previews_of(media), 0U);
  }
  EXPECT_EQ(processed("ready"), "3");
}

TEST_F(MediaProcess, FailsOnceForADamagedImage) {
  const std::string png = black_png(3000, 3000);
  const Media media = uploaded(png.substr(0, png.size() / 2));
  auto job = job_of(media);
  ASSERT_TRUE(run(job).ok());
  EXPECT_TRUE(job.is_finished());
  EXPECT_EQ(now(media).state, MediaState::kFailed);
  EXPECT_FALSE(now(media).failure.empty());
  EXPECT_EQ(previews_of(media), 0U);
  EXPECT_EQ(processed("failed"), "1");
  EXPECT_TRUE(is_told("\"vigie.reason\":\"failed\""));
  EXPECT_TRUE(is_told(media.id.to_string()));
  EXPECT_TRUE(is_told("cause"));
}

TEST_F(MediaProcess, FailsOnceForABomb) {
  const Media media = uploaded(black_png(9'000, 9'000, true));
  auto job = job_of(media);
  ASSERT_TRUE(run(job, {.program = PREVIEW_PROGRAM, .memory_bytes_max = 48U << 20}).ok());
  EXPECT_TRUE(job.is_finished());
  EXPECT_EQ(now(media).state, MediaState::kFailed);
  EXPECT_EQ(processed("memory"), "1");
}

TEST_F(MediaProcess, FailsOnceForADecoderThatCrashes) {
  const Media media = uploaded(black_png(30, 30));
  auto job = job_of(media);
  ASSERT_TRUE(run(job, {.program = "/bin/ls"}).ok());
  EXPECT_EQ(now(media).state, MediaState::kFailed);
  EXPECT_EQ(processed("crashed"), "1");
}

TEST_F(MediaProcess, GivesATimeoutAFewMoreTries) {
  const Media media = uploaded(black_png(9'000, 9'000));
  const PreviewOptions hasty{.program = PREVIEW_PROGRAM, .timeout = std::chrono::milliseconds(10)};
  for (int attempt = 1; attempt < MediaProcessHandler::kTimeoutsMax; ++attempt) {
    auto job = job_of(media, attempt);
    EXPECT_EQ(run(job, hasty).error().code, Code::kDeadlineExceeded);
    EXPECT_EQ(now(media).state, MediaState::kProcessing);
  }
  auto last = job_of(media, MediaProcessHandler::kTimeoutsMax);
  ASSERT_TRUE(run(last, hasty).ok());
  EXPECT_EQ(now(media).state, MediaState::kFailed);
  EXPECT_EQ(processed("timeout"), "1");
}

TEST_F(MediaProcess, IsTheSameAfterADeathAtAnyStep) {
  const Media media = uploaded(black_png(400, 300));
  for (int puts = 0; puts < static_cast<int>(kPreviewNames.size()); ++puts) {
    blobs_.puts_left = puts;
    auto job = job_of(media);
    EXPECT_EQ(run(job).error().code, Code::kUnavailable);
    EXPECT_FALSE(job.is_finished());
    EXPECT_EQ(now(media).state, MediaState::kProcessing);
  }
  blobs_.puts_left = 1'000;
  auto uncommitted = job_of(media);
  units_.fail_next_commit();
  EXPECT_FALSE(run(uncommitted).ok());
  EXPECT_EQ(now(media).state, MediaState::kProcessing);
  auto without_lease = job_of(media);
  without_lease.fail_to_finish({.code = Code::kVersionMismatch, .message = "The lease is lost."});
  EXPECT_FALSE(run(without_lease).ok());
  EXPECT_EQ(now(media).state, MediaState::kProcessing);
  EXPECT_EQ(processed("ready"), "0");
  for (int repetition = 0; repetition < 2; ++repetition) {
    auto job = job_of(media);
    ASSERT_TRUE(run(job).ok());
    EXPECT_EQ(now(media).state, MediaState::kReady);
    EXPECT_EQ(previews_of(media), kPreviewNames.size());
  }
}

TEST_F(MediaProcess, WaitsForAStoreThatIsAway) {
  const Media media = uploaded(black_png(400, 300));
  blobs_.fail_with({.code = Code::kUnavailable, .message = "The store is away."});
  auto job = job_of(media);
  EXPECT_EQ(run(job).error().code, Code::kUnavailable);
  EXPECT_EQ(now(media).state, MediaState::kProcessing);
}

TEST_F(MediaProcess, SaysThatAContentIsGone) {
  const Media media = uploaded(black_png(400, 300));
  ASSERT_TRUE(blobs_.remove({}, content_key(*media.hash)).ok());
  auto job = job_of(media);
  ASSERT_TRUE(run(job).ok());
  EXPECT_EQ(now(media).state, MediaState::kFailed);
}

TEST_F(MediaProcess, RefusesAPayloadThatItDoesNotKnow) {
  const Media media = uploaded(black_png(400, 300));
  Job job = job_of(media).job();
  job.payload_version = 2;
  fakes::FakeJobRun newer(job);
  EXPECT_EQ(run(newer).error().code, Code::kValidationFailed);
  job.payload_version = 1;
  for (const char* payload : {"", "{}", R"({"media_id":"x","hash":"y","type":"image/png"})"}) {
    job.payload = payload;
    fakes::FakeJobRun broken(job);
    EXPECT_EQ(run(broken).error().code, Code::kValidationFailed) << payload;
  }
}

}  // namespace
}  // namespace vigie::preview
