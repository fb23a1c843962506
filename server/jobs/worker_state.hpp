#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "server/jobs/lane.hpp"
#include "server/jobs/run.hpp"
#include "server/jobs/worker.hpp"

namespace vigie::jobs {

/// What a worker knows. All but `running` is used on its first loop, home; runs are on all loops.
class Worker::State : public std::enable_shared_from_this<Worker::State> {
 public:
  State(const Parts& parts, WorkerOptions options);

  net::EventLoop& home() noexcept { return parts_.loops.front(); }
  std::size_t running() const noexcept { return running_.load(std::memory_order_relaxed); }

  void open();
  void wake(domain::JobLane lane);
  void wake_all();
  /// Claims nothing more, and gives back what may last long. `idle` is called once, when nothing is
  /// left.
  void close(std::function<void()> idle);
  /// Gives back what runs still. On a fiber.
  void abandon();

 private:
  struct Active {
    domain::ClaimedJob claimed;
    net::TimePoint renewed_at;
    /// A run that does not end is left to another worker.
    net::TimePoint renewed_until;
  };

  bool is_long(const domain::ClaimedJob& claimed) const;
  bool is_any(const domain::ClaimedJob&) const { return true; }
  void give_back(bool (State::*is_meant)(const domain::ClaimedJob&) const);
  void add_lane(const LaneOptions& options);
  Lane& lane_of(domain::JobLane lane);
  void show_slots(const Lane& lane);

  domain::Result<std::vector<domain::ClaimedJob>> claim(domain::JobLane lane,
                                                        std::size_t count_max);
  void start(domain::ClaimedJob claimed);
  void run_on(net::EventLoop& loop, Finisher& finisher, const domain::ClaimedJob& claimed);
  /// On a fiber of the finisher's loop.
  void run(Finisher& finisher, const domain::ClaimedJob& claimed);
  void ended(const domain::JobRunKey& key, domain::JobLane lane);
  void refuse(const domain::ClaimedJob& claimed);
  void tell_if_idle();
  bool spawn_upkeep(const std::function<void()>& body);

  void schedule_heartbeat();
  void renew();
  std::vector<domain::JobRunKey> due_for_renewal(net::TimePoint now) const;

  void schedule_poll();
  void poll();
  void recover();
  void tell_lost(const domain::LostJob& lost);

  const Parts parts_;
  const WorkerOptions options_;
  std::vector<std::unique_ptr<Finisher>> finishers_;  // by loop
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::map<domain::JobRunKey, Active> active_;
  std::size_t next_loop_ = 0;
  std::size_t upkeeps_ = 0;  // polls and heartbeats at work
  bool is_closed_ = false;
  std::function<void()> idle_;
  std::atomic<std::size_t> running_{0};
};

}  // namespace vigie::jobs
