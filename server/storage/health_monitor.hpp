#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "server/net/waiting.hpp"
#include "server/storage/connection.hpp"

namespace vigie::storage {

/// Knows whether PostgreSQL answers, by a probe on a connection of its own, and uses the same
/// connection to cancel statements that run on others. Lives on one loop.
class HealthMonitor : private ConnectionOwner {
 public:
  enum class Health : std::uint8_t { kUnknown, kUp, kDown };
  /// Called on the monitor's loop at each change, with the reason.
  using Changed = std::function<void(Health, std::string_view why)>;

  /// What a probe has learnt of the server beside that it answers.
  struct Facts {
    double clock_offset_s = 0;  // how far our clock is ahead of its
    double transaction_age = 0;
  };
  /// Called on the monitor's loop after each probe that was answered.
  using Learnt = std::function<void(const Facts&)>;

  HealthMonitor(net::EventLoop& loop, const DatabaseOptions& options, Changed changed,
                Learnt learnt);

  /// Thread-safe.
  Health health() const noexcept { return health_.load(std::memory_order_acquire); }

  // On the loop's thread:
  void open();
  void close();
  /// Probes at once, if no probe is under way: somebody has been waiting suspiciously long.
  void suspect();
  /// Cancels what that backend runs. `done` is told false when nobody knows whether the
  /// cancellation has been, or will be, delivered.
  using Delivered = std::function<void(bool is_certain)>;
  void cancel(int backend, Delivered done);

 private:
  struct Cancellation {
    Reply reply;
    Delivered done;
  };

  void connection_ready(Connection& connection, std::chrono::duration<double> opening) override;
  void connection_lost(Connection& connection, std::string_view why) override;
  void connection_idle(Connection&) override {}

  void probe();
  void probed();
  void learn();
  void probe_timed_out();
  void schedule_probe();
  void change(Health health, std::string_view why);

  net::EventLoop& loop_;
  const DatabaseOptions& options_;
  Changed changed_;
  Learnt learnt_;
  std::atomic<Health> health_{Health::kUnknown};
  Connection connection_;
  Reply probe_;
  bool is_probing_ = false;
  std::chrono::system_clock::time_point probed_at_;
  net::EventLoop::TimerId timer_ = 0;
  std::vector<std::unique_ptr<Cancellation>> cancellations_;
};

}  // namespace vigie::storage
