#pragma once

#include <gtest/gtest.h>

#include <string>

#include "server/domain/events.hpp"
#include "server/domain/media_library.hpp"
#include "server/domain/media_uploads.hpp"
#include "tests/domain/samples.hpp"
#include "tests/fakes/fake_blob_store.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_event_store.hpp"
#include "tests/fakes/fake_job_queue.hpp"
#include "tests/fakes/fake_job_run.hpp"
#include "tests/fakes/fake_media_store.hpp"
#include "tests/fakes/fake_secrets.hpp"
#include "tests/fakes/fake_units_of_work.hpp"
#include "tests/fakes/recording_observer.hpp"

namespace vigie::domain {

/// The use-cases of media over fakes, with parts so small that tests can have many.
class MediaWorld : public samples::UseCaseTest {
 protected:
  static constexpr std::uint64_t kPartBytes = 10;

  /// A content that is a PNG to whoever looks at its head.
  static std::string png(std::size_t bytes, char filler = '.') {
    std::string content = "\x89PNG\r\n\x1a\n";
    content.resize(bytes, filler);
    return content;
  }
  static NewMedia png_upload(std::size_t bytes) {
    return {.file_name = "Kai.png",
            .type = "image/png",
            .bytes = static_cast<std::int64_t>(bytes),
            .part_bytes = static_cast<std::int64_t>(kPartBytes)};
  }

  Media upload(const NewMedia& wanted) { return uploads_.create(owner_, wanted)->media; }

  /// Writes that part of the content, and says how it went.
  Result<WrittenPart> write(const Media& media, std::uint32_t number, const std::string& content) {
    const PartPlace place = *part_place(media, number);
    fakes::TextSource source(content.substr(place.offset, place.bytes));
    return uploads_.write_part(owner_, media.id, number,
                               {.source = source, .length = {}, .hash = {}});
  }
  void write_all_parts(const Media& media, const std::string& content) {
    for (std::uint32_t number = part_count(media); number >= 1; --number) {
      EXPECT_TRUE(write(media, number, content).ok());
    }
  }
  /// A media of that content, complete.
  Media stored(const std::string& content, NewMedia wanted) {
    wanted.bytes = static_cast<std::int64_t>(content.size());
    const Media media = upload(wanted);
    write_all_parts(media, content);
    return *uploads_.complete(owner_, media.id);
  }
  Media stored(const std::string& content) { return stored(content, png_upload(content.size())); }

  std::vector<fakes::QueuedJob> jobs(std::string_view kind) {
    std::vector<fakes::QueuedJob> found = jobs_.jobs();
    std::erase_if(found, [&](const auto& job) { return job.kind != kind; });
    return found;
  }

  EventId event(bool is_published) {
    const Event made = *events_.create(owner_, samples::draft());
    EXPECT_TRUE(!is_published || events_.publish(owner_, made.id).ok());
    return made.id;
  }

  fakes::FakeMediaStore store_;
  fakes::FakeEventStore event_store_;
  fakes::FakeBlobStore blobs_;
  fakes::FakeJobQueue jobs_;
  fakes::FakeUnitsOfWork units_;
  fakes::FakeClock clock_;
  fakes::FakeIdSource ids_;
  fakes::RecordingObserver observer_;
  fakes::FakeMessageAuthenticator authenticator_;
  MediaLimits limits_{.part_bytes_min = kPartBytes,
                      .part_bytes_max = 1'000,
                      .bytes_max = 5'000,
                      .quota_bytes = 10'000};
  static constexpr std::uint64_t kTotalBytes = 100'000;
  StorageRoom room_{kTotalBytes};
  MediaUploads uploads_{
      {store_, event_store_, blobs_, jobs_, units_, clock_, ids_, observer_, room_, authenticator_},
      limits_};
  MediaLibrary library_{{store_, event_store_, blobs_, jobs_, units_, clock_, observer_}, limits_};
  Events events_{event_store_, clock_, ids_, observer_, samples::time_zones()};
  Context owner_ = as(samples::organiser(101));
  Context other_ = as(samples::organiser(102));
  Context administrator_ = as(samples::caller(104, Role::kAdministrator));
  Context anonymous_ = as(samples::anonymous());
};

}  // namespace vigie::domain
