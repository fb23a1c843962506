#pragma once

#include <chrono>

#include "server/domain/account_erasure.hpp"
#include "server/domain/blob_store.hpp"
#include "server/domain/blob_sweep.hpp"
#include "server/domain/clock.hpp"
#include "server/domain/id_source.hpp"
#include "server/domain/job_queue.hpp"
#include "server/domain/media_library.hpp"
#include "server/domain/media_processing.hpp"
#include "server/domain/media_purge.hpp"
#include "server/domain/observer.hpp"
#include "server/domain/unit_of_work.hpp"
#include "server/domain/upload_expiry.hpp"
#include "server/preview/media_process_handler.hpp"
#include "server/preview/preview_process.hpp"
#include "server/storage/blob_references.hpp"
#include "server/storage/media_store.hpp"
#include "telemetry/telemetry.hpp"

namespace vigie::app {

/// Everything about media but uploads, for every process that answers requests or does jobs.
class MediaStack {
 public:
  /// All of it outlives the stack.
  struct Needs {
    storage::Database& database;
    domain::EventStore& events;
    domain::BlobStore& blobs;
    domain::JobQueue& jobs;
    domain::UnitsOfWork& units;
    const domain::Clock& clock;
    domain::IdSource& ids;
    domain::Observer& observer;
    telemetry::Telemetry& telemetry;
  };

  /// `sweep_grace`: age over which what nothing names is removed.
  MediaStack(const Needs& needs, const domain::MediaLimits& limits,
             const preview::PreviewOptions& previews, std::chrono::milliseconds sweep_grace);
  MediaStack(const MediaStack&) = delete;
  MediaStack& operator=(const MediaStack&) = delete;

  domain::MediaStore& store() noexcept { return store_; }
  domain::MediaLibrary& library() noexcept { return library_; }
  domain::BlobReferences& references() noexcept { return references_; }
  domain::MediaProcessing& processing() noexcept { return processing_; }
  /// Handlers of `account.erase`, `media.process`, `media.purge`, `media.expire_uploads` and
  /// `blob.sweep`.
  domain::JobHandler& erasure() noexcept { return erasure_; }
  domain::JobHandler& process() noexcept { return process_; }
  domain::JobHandler& purge() noexcept { return purge_; }
  domain::JobHandler& expiry() noexcept { return expiry_; }
  domain::JobHandler& sweep() noexcept { return sweep_; }

 private:
  storage::PgMediaStore store_;
  domain::MediaLibrary library_;
  domain::MediaProcessing processing_;
  preview::PreviewProcess previews_;
  preview::MediaProcessHandler process_;
  domain::MediaPurge purge_;
  domain::UploadExpiry expiry_;
  domain::AccountErasure erasure_;
  storage::PgBlobReferences references_;
  domain::BlobSweep sweep_;
};

}  // namespace vigie::app
