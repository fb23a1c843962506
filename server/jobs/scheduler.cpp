#include "server/jobs/scheduler.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "server/jobs/at_work.hpp"
#include "server/net/run_on.hpp"
#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/catalogue/metrics.hpp"

namespace vigie::jobs {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kLook{1};
constexpr std::chrono::seconds kLookTimeMax{5};

}  // namespace

/// Used on the loop.
class Scheduler::State : public std::enable_shared_from_this<Scheduler::State> {
 public:
  State(const Parts& parts, std::vector<ScheduledTask> tasks, std::string worker)
      : parts_(parts),
        tasks_(std::move(tasks)),
        worker_(std::move(worker)),
        leads_(parts.metrics.gauge(telemetry::metrics::kSchedulerLeader)) {
    for (const ScheduledTask& task : tasks_) {
      intervals_.push_back({task.name, task.interval});
      parts.metrics.gauge(telemetry::metrics::kScheduledTaskInterval, {task.name})
          .set(std::chrono::duration<double>(task.interval).count());
    }
  }

  void lead(bool is_leader) {
    if (std::exchange(is_leader_, is_leader) == is_leader) return;
    leads_.set(is_leader ? 1 : 0);
    parts_.log.write(telemetry::log_events::kSchedulerLeaderChanged, {},
                     {{telemetry::attributes::kSchedulerLeader, is_leader},
                      {telemetry::attributes::kJobWorker, worker_}});
    if (is_leader && !is_looking_) look();
  }

  /// `idle` is called once nothing of it is at work.
  void close(std::function<void()> idle) {
    lead(false);
    at_work_.close(std::move(idle));
  }

  net::EventLoop& loop() noexcept { return parts_.loop; }

 private:
  void look() {
    is_looking_ = true;
    const bool is_started = parts_.loop.spawn([self = shared_from_this()] {
      self->at_work_.run([&] { self->enqueue_due(); });
      self->look_later();
    });
    if (!is_started) look_later();
  }

  void look_later() {
    is_looking_ = is_leader_;
    if (!is_leader_) return;
    parts_.loop.call_at(Clock::now() + kLook, [self = shared_from_this()] {
      self->is_looking_ = false;
      if (self->is_leader_) self->look();
    });
  }

  /// A task is taken and its job enqueued together, or neither. What fails, storage has counted
  /// and logged; the next look tries again.
  void enqueue_due() {
    const std::string correlation_id = parts_.ids.next().to_string();
    domain::Context context;
    context.correlation_id = correlation_id;
    context.deadline = Clock::now() + kLookTimeMax;
    static_cast<void>(domain::within_unit(
        context, parts_.units, [&](const domain::Context& inside) { return enqueue_due(inside); }));
  }

  domain::Result<void> enqueue_due(const domain::Context& inside) {
    const auto due = parts_.tasks.take_due(inside, intervals_);
    if (!due) return due.error();
    for (const std::string& name : *due) {
      const auto task = std::ranges::find(tasks_, name, &ScheduledTask::name);
      const auto enqueued = parts_.queue.enqueue(
          inside, {.kind = name, .lane = task->lane, .payload = "{}", .unique_key = name});
      if (!enqueued) return enqueued.error();
    }
    return {};
  }

  const Parts parts_;
  const std::vector<ScheduledTask> tasks_;
  const std::string worker_;
  std::vector<domain::TaskInterval> intervals_;
  telemetry::Gauge& leads_;
  bool is_leader_ = false;
  bool is_looking_ = false;
  AtWork at_work_;
};

Scheduler::Scheduler(const Parts& parts, std::vector<ScheduledTask> tasks, std::string worker)
    : state_(std::make_shared<State>(parts, std::move(tasks), std::move(worker))) {}

Scheduler::~Scheduler() {
  const auto close = [state = state_](auto idle) { state->close(std::move(idle)); };
  net::begin_on(state_->loop(), close, Clock::now() + kLookTimeMax);
}

void Scheduler::lead(bool is_leader) {
  net::EventLoop& loop = state_->loop();
  loop.post([state = state_, is_leader] { state->lead(is_leader); });
}

}  // namespace vigie::jobs
