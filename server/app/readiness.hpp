#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
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

  /// Stable words: "starting", "draining", "database", "schema". Empty: ready.
  std::vector<std::string_view> obstacles();

 private:
  void tell_change(const std::string& reason);

  telemetry::Log& log_;
  telemetry::Gauge& ready_;
  std::function<bool()> database_is_up_;
  std::atomic<bool> is_started_ = false;
  std::atomic<bool> is_draining_ = false;
  std::atomic<bool> is_schema_current_ = false;
  std::mutex mutex_;  // guards last_told_
  std::string last_told_ = "starting";
};

}  // namespace vigie::app
