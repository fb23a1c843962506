#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "telemetry/pipeline/encoded_batch.hpp"

namespace vigie::telemetry {

struct ExportOutcome {
  enum class Status : std::uint8_t {
    kTaken,
    /// May be taken later.
    kRetry,
    /// Will never be taken.
    kRefused,
  };

  Status status = Status::kRefused;
  /// Of a batch that was taken: records that the back end refused all the same.
  std::uint64_t rejected_count = 0;
  /// What the back end asked to wait.
  std::optional<std::chrono::milliseconds> retry_after;
  /// 0 when there was no answer.
  int http_status = 0;
  /// For the operator.
  std::string detail;
};

/// Port: sends one encoded batch. Used by one thread; `cancel` by any.
class Exporter {
 public:
  virtual ~Exporter() = default;
  virtual ExportOutcome send(const EncodedBatch& batch) = 0;
  /// Ends the call of `send` that is under way, and makes later ones fail.
  virtual void cancel() noexcept = 0;
};

}  // namespace vigie::telemetry
