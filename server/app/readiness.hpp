#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "telemetry/telemetry.hpp"

namespace vigie::app {

/// Whether the process should get traffic, and why not. Each obstacle is looked up where it is
/// known, without waiting, so that a probe answers at once whatever is broken. Thread-safe.
class Readiness {
 public:
  explicit Readiness(telemetry::Telemetry& telemetry);

  /// `is_up` is asked on each look; it must not wait. Set before the first look.
  void watch_database(std::function<bool()> is_up) { database_is_up_ = std::move(is_up); }
  void schema_is_current(bool is_current) noexcept { is_schema_current_ = is_current; }
  void started() noexcept { is_started_ = true; }
  void draining() noexcept { is_draining_ = true; }

  /// Stable words: "starting", "draining", "database", "schema". Empty: ready. Changes nothing.
  std::vector<std::string_view> obstacles() const;

  /// Tells the log of a change since the last look: to be called now and then.
  void observe();

 private:
  telemetry::Log& log_;
  std::function<bool()> database_is_up_;
  std::atomic<bool> is_started_ = false;
  std::atomic<bool> is_draining_ = false;
  std::atomic<bool> is_schema_current_ = false;
  std::mutex mutex_;  // guards the members below
  std::string last_told_ = "starting";
  bool was_ready_ = false;
};

}  // namespace vigie::app
