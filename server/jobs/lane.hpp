#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "server/domain/job_store.hpp"
#include "server/net/waiting.hpp"

namespace vigie::jobs {

/// When to claim jobs of one lane, and how many. Used on its loop's thread.
class Lane {
 public:
  struct Calls {
    /// Asks the store for at most so many. Called on a fiber.
    std::function<domain::Result<std::vector<domain::ClaimedJob>>(std::size_t count_max)> claim;
    /// Starts a run; `ended` follows.
    std::function<void(domain::ClaimedJob)> start;
  };

  Lane(net::EventLoop& loop, domain::JobLane lane, std::size_t concurrency, Calls calls)
      : loop_(loop), lane_(lane), concurrency_(concurrency), calls_(std::move(calls)) {}
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  domain::JobLane lane() const noexcept { return lane_; }
  std::size_t busy() const noexcept { return busy_; }
  std::size_t idle() const noexcept { return concurrency_ - busy_; }
  /// A claim is under way: jobs may still come.
  bool is_claiming() const noexcept { return is_claiming_; }

  /// There may be something to do.
  void wake();
  /// How many of them one owner, or one origin, may have at once: half, so that there are always
  /// places for others.
  std::size_t owner_share() const noexcept { return concurrency_ > 1 ? concurrency_ / 2 : 1; }
  /// A run has ended: its place is free.
  void ended();
  /// Claims nothing more.
  void close() noexcept { is_closed_ = true; }

 private:
  bool may_claim() const noexcept { return has_more_ && busy_ < concurrency_ && !is_closed_; }
  void claim_if_useful();
  void claim_while_useful();

  net::EventLoop& loop_;
  const domain::JobLane lane_;
  const std::size_t concurrency_;
  Calls calls_;
  std::size_t busy_ = 0;
  /// The last look did not show the end of the queue, or somebody has said that there is more.
  bool has_more_ = false;
  /// The last look showed fewer than there was room for: some may wait for a share.
  bool may_be_held_back_ = false;
  bool is_claiming_ = false;
  bool is_closed_ = false;
};

}  // namespace vigie::jobs
