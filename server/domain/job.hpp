#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/domain/clock.hpp"
#include "server/domain/id.hpp"

namespace vigie::domain {

using JobId = Id<struct JobTag>;

/// Which work a job waits with: what is slow in one lane never delays another.
enum class JobLane : std::uint8_t {
  kHigh,      // somebody waits for it
  kLow,       // nobody does
  kExternal,  // calls what is not ours, and may take long to be refused
};

inline constexpr std::array<std::string_view, 3> kJobLaneNames = {"high", "low", "external"};

constexpr std::string_view name_of(JobLane lane) noexcept {
  return kJobLaneNames[static_cast<std::size_t>(lane)];
}
std::optional<JobLane> parse_job_lane(std::string_view text);

/// What is asked for. Plain text and numbers: the engine keeps it, whatever the engine is.
struct NewJob {
  /// One of the kinds that a worker has a handler for: "media.process". A literal.
  std::string_view kind;
  JobLane lane = JobLane::kHigh;
  /// The greatest first within a lane.
  int priority = 0;
  /// A JSON object. What is secret or long is not in it, but what leads to it.
  std::string payload;
  /// Of the payload's fields. A handler refuses versions that it does not know.
  int payload_version = 1;
  /// Not before this; nothing: at once.
  std::optional<Timestamp> run_at;
  /// While a job with this key waits or runs, another one is not enqueued.
  std::string unique_key;
  /// Tries before the job is put with the failed ones.
  int attempts_max = 10;
  /// A worker that has not told of itself for so long has lost the job, and another one gets it.
  std::chrono::seconds lease{30};
  /// Whence it is asked for (job_origin.hpp); empty: nowhere. For turns alone: nobody is shown it.
  std::string origin;
};

/// A job as its handler sees it.
struct Job {
  JobId id;
  std::string kind;
  JobLane lane = JobLane::kHigh;
  int priority = 0;
  std::string payload;
  int payload_version = 1;
  /// Of this run; the first is 1.
  int attempt = 1;
  int attempts_max = 1;
  Timestamp enqueued_at{};
  Timestamp run_at{};
  /// Of the request or job that caused it.
  std::string correlation_id;
  /// W3C traceparent of the span that enqueued it; may be empty.
  std::string traceparent;
};

}  // namespace vigie::domain
