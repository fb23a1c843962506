#include "server/jobs/queue_gauges.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

#include "server/jobs/at_work.hpp"
#include "server/net/run_on.hpp"
#include "telemetry/catalogue/metrics.hpp"

namespace vigie::jobs {
namespace {

namespace metrics = telemetry::metrics;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kInterval{5};
constexpr std::chrono::seconds kTimeMax{5};
/// Counting may take a twentieth of one connection's time.
constexpr int kRestMin = 20;

template <typename T>
using ByLane = std::array<T, domain::kJobLaneNames.size()>;
template <typename T>
using ByLaneAndState = ByLane<std::array<T, domain::kJobStateNames.size()>>;

double seconds_of(domain::Timestamp time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

}  // namespace

/// Used on the loop.
class QueueGauges::State : public std::enable_shared_from_this<QueueGauges::State> {
 public:
  State(net::EventLoop& loop, domain::JobDesk& desk, domain::TaskStore& tasks,
        telemetry::Metrics& registry)
      : loop_(loop), desk_(desk), tasks_(tasks) {
    for (std::size_t lane = 0; lane < depth_.size(); ++lane) {
      const std::string_view name = domain::kJobLaneNames[lane];
      for (std::size_t state = 0; state < depth_[lane].size(); ++state) {
        depth_[lane][state] =
            &registry.gauge(metrics::kJobQueueDepth, {name, domain::kJobStateNames[state]});
      }
      oldest_[lane] = &registry.gauge(metrics::kJobOldestReady, {name});
    }
    for (const std::string_view task : metrics::kScheduledTasks) {
      successes_.emplace(task, &registry.gauge(metrics::kScheduledTaskLastSuccess, {task}));
    }
  }

  net::EventLoop& loop() noexcept { return loop_; }
  /// `idle` is called once nothing of it is at work.
  void close(std::function<void()> idle) {
    is_closed_ = true;
    at_work_.close(std::move(idle));
  }

  void look() {
    if (is_closed_) return;
    const bool is_started = loop_.spawn([self = shared_from_this()] {
      const auto began = Clock::now();
      self->at_work_.run([&] {
        self->count();
        self->look_at_tasks();
      });
      self->look_after(std::max<Clock::duration>(kInterval, kRestMin * (Clock::now() - began)));
    });
    if (!is_started) look_after(kInterval);
  }

 private:
  static domain::Context context() {
    domain::Context context;
    context.deadline = Clock::now() + kTimeMax;
    return context;
  }

  void look_after(Clock::duration pause) {
    loop_.call_at(Clock::now() + pause, [self = shared_from_this()] { self->look(); });
  }

  /// What cannot be counted keeps its last value: that the database is away is said elsewhere.
  void count() {
    const auto counts = desk_.counts(context());
    if (!counts) return;
    ByLaneAndState<double> depth{};
    ByLane<double> oldest{};
    for (const domain::JobCount& each : *counts) {
      const auto lane = static_cast<std::size_t>(each.lane);
      depth[lane][static_cast<std::size_t>(each.state)] = static_cast<double>(each.count);
      if (each.oldest_run_at) oldest[lane] = seconds_of(*each.oldest_run_at);
    }
    for (std::size_t lane = 0; lane < depth.size(); ++lane) {
      for (std::size_t state = 0; state < depth[lane].size(); ++state) {
        depth_[lane][state]->set(depth[lane][state]);
      }
      oldest_[lane]->set(oldest[lane]);
    }
  }

  void look_at_tasks() {
    const auto successes = tasks_.last_successes(context());
    if (!successes) return;
    for (const domain::TaskSuccess& success : *successes) {
      const auto found = successes_.find(success.task);
      if (found != successes_.end()) found->second->set(seconds_of(success.at));
    }
  }

  net::EventLoop& loop_;
  domain::JobDesk& desk_;
  domain::TaskStore& tasks_;
  ByLaneAndState<telemetry::Gauge*> depth_{};
  ByLane<telemetry::Gauge*> oldest_{};
  std::map<std::string, telemetry::Gauge*, std::less<>> successes_;
  bool is_closed_ = false;
  AtWork at_work_;
};

QueueGauges::QueueGauges(net::EventLoop& loop, domain::JobDesk& desk, domain::TaskStore& tasks,
                         telemetry::Metrics& metrics)
    : state_(std::make_shared<State>(loop, desk, tasks, metrics)) {}

QueueGauges::~QueueGauges() {
  const auto close = [state = state_](auto idle) { state->close(std::move(idle)); };
  net::begin_on(state_->loop(), close, Clock::now() + 2 * kTimeMax);
}

void QueueGauges::start() {
  state_->loop().post([state = state_] { state->look(); });
}

}  // namespace vigie::jobs
