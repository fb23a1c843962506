#pragma once

#include <chrono>

namespace vigie::app {

// A process that was told to stop is gone a second after its last request was answered: what
// follows has these times.

/// For jobs, beside the requests; what has not ended is given back and done by another process.
inline constexpr std::chrono::milliseconds kJobTimeMax{300};
/// For all of it. Telemetry on its way to a collector has what is left: what it does not take goes
/// to the spool, or is counted as dropped.
inline constexpr std::chrono::milliseconds kStopTimeMax{1'000};
/// For the end of everything else.
inline constexpr std::chrono::milliseconds kLeaveTimeMax{150};

/// What telemetry may take of kStopTimeMax when the requests ended at `since`.
std::chrono::milliseconds flush_time(std::chrono::steady_clock::time_point since);

/// Ends the process with success after `time`, unless it has ended by then: a thread may be held by
/// what nothing can interrupt, a statement of a backup, a resolver, a disk. Call it when nothing is
/// left that must be kept.
void leave_within(std::chrono::milliseconds time);

}  // namespace vigie::app
