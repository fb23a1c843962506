#include "server/storage/health_monitor.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "server/storage/sql/health.hpp"

namespace vigie::storage {

HealthMonitor::HealthMonitor(net::EventLoop& loop, const DatabaseOptions& options, Changed changed,
                             Learnt learnt)
    : loop_(loop),
      options_(options),
      changed_(std::move(changed)),
      learnt_(std::move(learnt)),
      connection_(loop, options, {.statement_timeout = options.probe_timeout}, *this) {
  probe_.done = [this] { probed(); };
}

void HealthMonitor::open() { connection_.open(); }

void HealthMonitor::close() {
  loop_.cancel(timer_);
  is_probing_ = false;
  connection_.close();
}

void HealthMonitor::suspect() {
  if (is_probing_ || !connection_.is_ready()) return;
  loop_.cancel(timer_);
  probe();
}

void HealthMonitor::cancel(int backend, Delivered done) {
  if (!connection_.is_ready()) return done(true);
  cancellations_.push_back(std::make_unique<Cancellation>());
  Cancellation& cancellation = *cancellations_.back();
  cancellation.done = std::move(done);
  cancellation.reply.done = [this, &cancellation] {
    const auto found = std::find_if(cancellations_.begin(), cancellations_.end(),
                                    [&](const auto& each) { return each.get() == &cancellation; });
    const std::unique_ptr<Cancellation> ended = std::move(*found);
    cancellations_.erase(found);
    ended->done(!ended->reply.error);
  };
  const Parameters parameters = Parameters().small_integer(backend);
  const Statement statement{sql::health::kCancel, parameters};
  connection_.send({&statement, 1}, &cancellation.reply);
}

/// A connection is ready when a first statement has been answered: that is a probe.
void HealthMonitor::connection_ready(Connection&, std::chrono::duration<double>) {
  change(Health::kUp, "");
  schedule_probe();
}

void HealthMonitor::connection_lost(Connection& connection, std::string_view why) {
  loop_.cancel(timer_);
  is_probing_ = false;
  // Losing one connection may mean little; when no other can be had, the server is down.
  if (connection.has_failed()) change(Health::kDown, why);
}

void HealthMonitor::probe() {
  is_probing_ = true;
  probe_.rows.clear();
  probe_.error.reset();
  probe_.is_lost = false;
  probed_at_ = std::chrono::system_clock::now();
  const Parameters none;
  const Statement statement{sql::health::kProbe, none};
  connection_.send({&statement, 1}, &probe_);
  timer_ = loop_.call_at(std::chrono::steady_clock::now() + options_.probe_timeout, [this] {
    // When this thread itself was late, the answer may be waiting to be read.
    timer_ = loop_.call_at(std::chrono::steady_clock::now() + std::chrono::milliseconds(2),
                           [this] { probe_timed_out(); });
  });
}

void HealthMonitor::probed() {
  is_probing_ = false;
  loop_.cancel(timer_);
  // A loss is reported by connection_lost.
  if (probe_.is_lost) return;
  if (probe_.error) {
    change(Health::kDown, probe_.error->detail);
  } else {
    learn();
    change(Health::kUp, "");
  }
  schedule_probe();
}

/// The server read its clock somewhere between question and answer: the middle is wrong by half the
/// round trip at most.
void HealthMonitor::learn() {
  if (probe_.rows.empty() || probe_.rows.back().empty()) return;
  const Rows& rows = probe_.rows.back();
  const auto half = (std::chrono::system_clock::now() - probed_at_) / 2;
  const std::chrono::duration<double> ours = (probed_at_ + half).time_since_epoch();
  learnt_({.clock_offset_s = ours.count() - rows.real(0, 0), .transaction_age = rows.real(0, 1)});
}

void HealthMonitor::probe_timed_out() {
  constexpr std::string_view kWhy = "no answer within the probe timeout";
  change(Health::kDown, kWhy);
  connection_.lose(std::string(kWhy));
}

void HealthMonitor::schedule_probe() {
  timer_ = loop_.call_at(std::chrono::steady_clock::now() + options_.probe_interval,
                         [this] { probe(); });
}

void HealthMonitor::change(Health health, std::string_view why) {
  if (health_.load(std::memory_order_relaxed) == health) return;
  // First those who must know, so that whoever reads "up" finds the reactors told.
  changed_(health, why);
  health_.store(health, std::memory_order_release);
}

}  // namespace vigie::storage
