#pragma once

#include <optional>
#include <string_view>

#include "server/domain/blob_store.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace vigie::blob {

/// Knows whether the store can be written to, by writing to it. Called on one fiber at a time.
class BlobProbe {
 public:
  /// `name` is the store's in the catalogue.
  BlobProbe(domain::BlobStore& store, telemetry::Metrics& metrics, telemetry::Log& log,
            std::string_view name);

  /// Puts a small object and removes it. A change is told once.
  void probe(const domain::Context& context);

 private:
  void tell(const domain::Error* error);

  domain::BlobStore& store_;
  telemetry::Gauge& up_;
  telemetry::Log& log_;
  const std::string_view name_;  // a literal
  bool is_up_ = true;            // until it is seen not to be
};

}  // namespace vigie::blob
