#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/domain/code.hpp"
#include "telemetry/metrics.hpp"

namespace vigie::blob {

enum class Operation : std::uint8_t {
  kWritePart,
  kHash,
  kJoin,
  kAbandon,
  kPut,
  kFind,
  kOpen,
  kRemove,
  kList,
};
inline constexpr std::size_t kOperationCount = 9;

/// As the catalogue lists them.
std::string_view name_of(Operation operation) noexcept;

/// vigie_blob_operation_duration_seconds of one store. Thread-safe.
class BlobMetrics {
 public:
  /// `store` is one of the catalogue's. Those outcomes that every operation can have exist, at 0,
  /// from the start.
  BlobMetrics(telemetry::Metrics& metrics, std::string_view store);

  telemetry::Histogram& duration(Operation operation, std::optional<domain::Code> error);

 private:
  static constexpr std::size_t kOutcomes = domain::kCodeNames.size() + 1;

  telemetry::Metrics& metrics_;
  const std::string_view store_;  // a literal
  std::array<std::array<std::atomic<telemetry::Histogram*>, kOutcomes>, kOperationCount> places_{};
};

}  // namespace vigie::blob
