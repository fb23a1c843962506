#pragma once

#include <cstdint>
#include <filesystem>

#include "telemetry/metrics.hpp"

namespace vigie::app {

/// Remembers in a directory whether the process that had it before has ended as it was asked to,
/// and counts how often one has not: a process that is killed cannot say so itself. One process to
/// a directory. Of a directory that cannot be written nothing is remembered, and nobody fails.
class RunMarker {
 public:
  /// Begins a run. An empty directory: none.
  RunMarker(std::filesystem::path directory, telemetry::Metrics& metrics);

  /// The process was asked to end, and does.
  void ended();

  /// Starts so far that followed an end which nobody had asked for.
  std::uint64_t unclean_starts() const noexcept { return unclean_starts_; }

 private:
  bool write(const char* state) const;

  std::filesystem::path path_;
  std::uint64_t unclean_starts_ = 0;
};

}  // namespace vigie::app
