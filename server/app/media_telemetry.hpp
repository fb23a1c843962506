#pragma once

#include <array>
#include <cstdint>

#include "server/domain/media_store.hpp"
#include "server/domain/observer.hpp"
#include "telemetry/telemetry.hpp"

namespace vigie::app {

/// The part of DomainTelemetry that is about media. Thread-safe.
class MediaTelemetry {
 public:
  explicit MediaTelemetry(telemetry::Telemetry& telemetry);

  void changed(const domain::Context& context, domain::MediaChange change,
               const domain::Media& media) noexcept;
  void transferred(domain::MediaTransfer direction, std::uint64_t bytes) noexcept;
  void purge(const domain::Context& context, domain::PurgeStep step, domain::MediaId id) noexcept;
  /// The line has the first digits of a content's hash, not all: who knows them all can tell a
  /// content from a guess.
  void orphan_removed(const domain::Context& context, domain::Orphan orphan,
                      const domain::BlobKey& key) noexcept;

 private:
  telemetry::Log& log_;
  static constexpr std::size_t kUploadChanges =
      static_cast<std::size_t>(domain::MediaChange::kExpired) + 1;
  static constexpr std::size_t kTransfers =
      static_cast<std::size_t>(domain::MediaTransfer::kSent) + 1;

  std::array<telemetry::Counter*, kUploadChanges> uploads_;  // by the first of MediaChange
  std::array<telemetry::Counter*, kTransfers> bytes_;        // by MediaTransfer
  telemetry::Counter& purged_;
  telemetry::Counter& orphans_removed_;
};

/// What the database says of all media, as gauges.
class MediaGauges {
 public:
  /// `quota_total_bytes`: 0 for none.
  MediaGauges(telemetry::Metrics& metrics, std::int64_t quota_total_bytes);
  void set(const domain::MediaCounts& counts);

 private:
  std::array<telemetry::Gauge*, domain::kMediaStateNames.size()> items_;  // by MediaState
  telemetry::Gauge& purge_due_;
  telemetry::Gauge& uploads_abandoned_;
  telemetry::Gauge& quota_used_;
  telemetry::Gauge& owners_processed_;
  telemetry::Gauge& owners_failing_;
};

}  // namespace vigie::app
