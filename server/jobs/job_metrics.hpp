#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server/domain/job.hpp"
#include "telemetry/metrics.hpp"
#include "telemetry/trace.hpp"

namespace vigie::jobs {

/// How a run ends, in the order of metrics::kJobOutcomes. Failed: for good.
enum class Outcome : std::uint8_t { kDone, kRetried, kFailed, kLost };

/// What workers count. Handles are made at start-up; thread-safe.
class JobMetrics {
 public:
  using Seconds = std::chrono::duration<double>;

  /// `kinds`: those that are run here, beside those of the catalogue.
  JobMetrics(telemetry::Metrics& metrics, const std::vector<std::string>& kinds);

  /// A run of a kind that neither list has is not counted: a newer worker's was lost.
  void ended(std::string_view kind, Outcome outcome) noexcept;
  void dead_lettered(std::string_view kind) noexcept;
  void ran(std::string_view kind, Seconds time, telemetry::Trace& trace) noexcept;
  void waited(domain::JobLane lane, Seconds time, telemetry::Trace& trace) noexcept;
  void slots(domain::JobLane lane, std::size_t busy, std::size_t idle) noexcept;

 private:
  struct OfKind {
    std::array<telemetry::Counter*, static_cast<std::size_t>(Outcome::kLost) + 1>
        runs{};  // by Outcome
    telemetry::Histogram* run_time = nullptr;
    telemetry::Counter* dead_lettered = nullptr;
  };
  struct OfLane {
    telemetry::Histogram* wait = nullptr;
    telemetry::Gauge* busy = nullptr;
    telemetry::Gauge* idle = nullptr;
  };

  static OfKind handles_of(telemetry::Metrics& metrics, std::string_view kind);
  const OfKind* find(std::string_view kind) const noexcept;
  OfLane& of(domain::JobLane lane) noexcept { return lanes_[static_cast<std::size_t>(lane)]; }

  std::map<std::string, OfKind, std::less<>> kinds_;
  std::array<OfLane, domain::kJobLaneNames.size()> lanes_;
};

}  // namespace vigie::jobs
