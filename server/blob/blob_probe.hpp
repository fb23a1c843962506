#pragma once

#include <optional>
#include <string_view>

#include "server/domain/blob_store.hpp"
#include "server/domain/storage_room.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace vigie::blob {

/// Knows whether the store can be written to, by writing to it, and what it has free. Called on one
/// fiber at a time.
class BlobProbe {
 public:
  /// `name` is the store's in the catalogue; `room` learns what is free.
  BlobProbe(domain::BlobStore& store, domain::StorageRoom& room, telemetry::Metrics& metrics,
            telemetry::Log& log, std::string_view name);

  /// Puts a small object and removes it, and asks what is free. A change is told once.
  void probe(const domain::Context& context);

 private:
  void look(const domain::Context& context);
  void tell(const domain::Error* error);

  domain::BlobStore& store_;
  domain::StorageRoom& room_;
  telemetry::Metrics& metrics_;
  telemetry::Gauge& up_;
  telemetry::Log& log_;
  const std::string_view name_;  // a literal
  bool is_up_ = true;            // until it is seen not to be
};

}  // namespace vigie::blob
