#include "server/blob/blob_probe.hpp"

#include <utility>

#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/catalogue/metrics.hpp"

namespace vigie::blob {

namespace attributes = telemetry::attributes;
namespace log_events = telemetry::log_events;

BlobProbe::BlobProbe(domain::BlobStore& store, domain::StorageRoom& room,
                     telemetry::Metrics& metrics, telemetry::Log& log, std::string_view name)
    : store_(store),
      room_(room),
      metrics_(metrics),
      up_(metrics.gauge(telemetry::metrics::kBlobStoreUp)),
      log_(log),
      name_(name) {}

/// Several processes may do so at once with the same key: neither minds.
void BlobProbe::probe(const domain::Context& context) {
  static const domain::BlobKey kKey = "probe/write";
  auto done = store_.put(context, kKey, "probe");
  if (done) done = store_.remove(context, kKey);
  up_.set(done ? 1 : 0);
  tell(done ? nullptr : &done.error());
  look(context);
}

/// A store that has no end has no gauge.
void BlobProbe::look(const domain::Context& context) {
  const auto free = store_.free_bytes(context);
  room_.has_free(free ? *free : std::nullopt);
  if (!free || !*free) return;
  metrics_.gauge(telemetry::metrics::kBlobFreeBytes).set(static_cast<double>(**free));
}

void BlobProbe::tell(const domain::Error* error) {
  const bool is_up = error == nullptr;
  if (is_up == std::exchange(is_up_, is_up)) return;
  if (is_up) {
    log_.write(log_events::kBlobRecovered, {}, {{attributes::kBlobStore, name_}});
    return;
  }
  log_.write(log_events::kBlobUnavailable, {},
             {{attributes::kBlobStore, name_},
              {attributes::kErrorType, domain::name_of(error->code)},
              {attributes::kDetail, error->detail}});
}

}  // namespace vigie::blob
