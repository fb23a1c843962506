#include "server/app/run_marker.hpp"

#include <fstream>
#include <string>
#include <system_error>
#include <utility>

#include "telemetry/catalogue/metrics.hpp"

namespace vigie::app {
namespace {

constexpr const char* kName = "last_run";
constexpr const char* kRunning = "running";
constexpr const char* kEnded = "ended";

}  // namespace

RunMarker::RunMarker(std::filesystem::path directory, telemetry::Metrics& metrics)
    : path_(directory.empty() ? std::move(directory) : directory / kName) {
  bool is_remembered = false;
  if (!path_.empty()) {
    std::string state;
    std::ifstream(path_) >> state >> unclean_starts_;
    if (state == kRunning) ++unclean_starts_;
    is_remembered = write(kRunning);
  }
  metrics.counter(telemetry::metrics::kUncleanStarts).add(unclean_starts_);
  metrics.gauge(telemetry::metrics::kStartsRemembered).set(is_remembered ? 1 : 0);
}

void RunMarker::ended() {
  if (!path_.empty()) write(kEnded);
}

/// Whole or not at all.
bool RunMarker::write(const char* state) const {
  std::error_code ignored;
  std::filesystem::create_directories(path_.parent_path(), ignored);
  std::filesystem::path draft = path_;
  draft += ".new";
  std::ofstream file(draft, std::ios::trunc);
  file << state << ' ' << unclean_starts_ << '\n';
  file.close();
  if (!file) return false;
  std::filesystem::rename(draft, path_, ignored);
  return !ignored;
}

}  // namespace vigie::app
