#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "telemetry/recorder/trace_root.hpp"
#include "telemetry/trace_buffer.hpp"

namespace vigie::telemetry {

/// Why a trace is held; there may be several reasons.
struct HoldReasons {
  /// It is one of the last that were kept.
  bool is_recent = false;
  bool is_slowest_of_route = false;
  bool is_failed_of_route = false;

  bool any() const noexcept { return is_recent || is_slowest_of_route || is_failed_of_route; }
};

/// A finished trace in the recorder. The spans do not change, so that any thread may read them.
class RecordedTrace {
 public:
  /// Gives back what memory the buffer does not use. Pre: the trace has a span.
  explicit RecordedTrace(std::unique_ptr<TraceBuffer> buffer) noexcept
      : buffer_(std::move(buffer)) {
    buffer_->compact();
  }

  const TraceBuffer& buffer() const noexcept { return *buffer_; }
  const SpanRecord& root() const noexcept { return root_of(*buffer_); }
  std::string_view route() const noexcept { return route_of(*buffer_); }
  std::uint64_t duration_ns() const noexcept { return telemetry::duration_ns(root()); }
  std::uint64_t end_utc_ns() const noexcept { return root().end_ns + buffer_->utc_offset_ns; }
  bool is_error() const noexcept { return root().is_error; }
  /// With what allocator and lists add.
  std::size_t bytes() const noexcept {
    return sizeof(*this) + buffer_->held_bytes() + kOverheadBytes;
  }

  /// Guarded by the recorder's lock; not for readers of the trace.
  HoldReasons why;

 private:
  /// The headers of three allocations, the counts of a shared pointer, and the pointers to it.
  static constexpr std::size_t kOverheadBytes = 3 * 16 + 16 + 2 * 16;

  std::unique_ptr<TraceBuffer> buffer_;
};

/// A trace as it was found.
struct FoundTrace {
  /// Shared by the recorder and those who read the trace while it may let go of it.
  std::shared_ptr<const RecordedTrace> trace;
  HoldReasons why;
};

}  // namespace vigie::telemetry
