#include "server/app/media_telemetry.hpp"

#include <chrono>
#include <cstdint>
#include <string>

#include "server/domain/blob_sweep.hpp"
#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/catalogue/metrics.hpp"

namespace vigie::app {

namespace attributes = telemetry::attributes;
namespace metrics = telemetry::metrics;
namespace log_events = telemetry::log_events;

static_assert(metrics::kMediaUploadOutcomes.size() ==
              static_cast<std::size_t>(domain::MediaChange::kExpired) + 1);
static_assert(metrics::kMediaDirections.size() ==
              static_cast<std::size_t>(domain::MediaTransfer::kSent) + 1);

namespace {

/// Null for what is told by a counter alone.
const telemetry::LogEventType* event_of(domain::MediaChange change) {
  switch (change) {
    case domain::MediaChange::kCompleted:
      return &log_events::kMediaCompleted;
    case domain::MediaChange::kDeleted:
      return &log_events::kMediaDeleted;
    case domain::MediaChange::kRestored:
      return &log_events::kMediaRestored;
    default:
      return nullptr;
  }
}

/// "blobs/ab/ab01…" and "previews/ab/ab01…" with 12 digits of the hash; an upload's is its id.
std::string shortened(const domain::BlobKey& key) {
  constexpr std::size_t kDigits = 12;
  const auto content = domain::content_of(key);
  return content ? key.substr(0, key.find(content->to_string()) + kDigits) : key;
}

}  // namespace

MediaTelemetry::MediaTelemetry(telemetry::Telemetry& telemetry)
    : log_(telemetry.log()),
      uploads_{},
      bytes_{},
      purged_(telemetry.metrics().counter(metrics::kMediaPurged)),
      orphans_removed_(telemetry.metrics().counter(metrics::kBlobOrphansRemoved)) {
  for (std::size_t outcome = 0; outcome < uploads_.size(); ++outcome) {
    uploads_[outcome] = &telemetry.metrics().counter(metrics::kMediaUploads,
                                                     {metrics::kMediaUploadOutcomes[outcome]});
  }
  for (std::size_t direction = 0; direction < bytes_.size(); ++direction) {
    bytes_[direction] =
        &telemetry.metrics().counter(metrics::kMediaBytes, {metrics::kMediaDirections[direction]});
  }
}

void MediaTelemetry::changed(const domain::Context& context, domain::MediaChange change,
                             const domain::Media& media) noexcept {
  const auto index = static_cast<std::size_t>(change);
  if (index < uploads_.size()) uploads_[index]->add();
  const telemetry::LogEventType* const event = event_of(change);
  if (event == nullptr) return;
  log_.write(*event, telemetry::context_of(context.trace, context.correlation_id),
             {{attributes::kMediaId, media.id.to_string()},
              {attributes::kMediaType, media.type},
              {attributes::kMediaBytes, media.bytes}});
}

void MediaTelemetry::transferred(domain::MediaTransfer direction, std::uint64_t bytes) noexcept {
  bytes_[static_cast<std::size_t>(direction)]->add(bytes);
}

void MediaTelemetry::purge(const domain::Context& context, domain::PurgeStep step,
                           domain::MediaId id) noexcept {
  if (step == domain::PurgeStep::kForgotten) purged_.add();
  log_.write(log_events::kMediaPurged, telemetry::context_of(context.trace, context.correlation_id),
             {{attributes::kMediaId, id.to_string()}, {attributes::kReason, name_of(step)}});
}

void MediaTelemetry::orphan_removed(const domain::Context& context, domain::Orphan orphan,
                                    const domain::BlobKey& key) noexcept {
  orphans_removed_.add();
  log_.write(log_events::kBlobOrphanRemoved,
             telemetry::context_of(context.trace, context.correlation_id),
             {{attributes::kBlobKey, shortened(key)}, {attributes::kReason, name_of(orphan)}});
}

MediaGauges::MediaGauges(telemetry::Metrics& metrics_registry, std::int64_t quota_total_bytes)
    : items_{},
      purge_due_(metrics_registry.gauge(metrics::kMediaPurgeDue)),
      uploads_abandoned_(metrics_registry.gauge(metrics::kMediaUploadsAbandoned)),
      quota_used_(metrics_registry.gauge(metrics::kMediaQuotaUsed)),
      owners_processed_(metrics_registry.gauge(metrics::kMediaOwnersProcessed)),
      owners_failing_(metrics_registry.gauge(metrics::kMediaOwnersFailing)) {
  metrics_registry.gauge(metrics::kMediaQuotaLimit).set(static_cast<double>(quota_total_bytes));
  for (std::size_t state = 0; state < items_.size(); ++state) {
    items_[state] =
        &metrics_registry.gauge(metrics::kMediaItems, {domain::kMediaStateNames[state]});
  }
}

void MediaGauges::set(const domain::MediaCounts& counts) {
  for (std::size_t state = 0; state < items_.size(); ++state) {
    items_[state]->set(static_cast<double>(counts.by_state[state]));
  }
  const auto due = counts.purge_due.value_or(domain::Timestamp{}).time_since_epoch();
  purge_due_.set(std::chrono::duration<double>(due).count());
  uploads_abandoned_.set(static_cast<double>(counts.uploads_abandoned));
  quota_used_.set(static_cast<double>(counts.bytes_used));
  owners_processed_.set(static_cast<double>(counts.owners_processed));
  owners_failing_.set(static_cast<double>(counts.owners_failing));
}

}  // namespace vigie::app
