#include "server/storage/job_bell.hpp"

#include <chrono>
#include <utility>

#include "server/storage/sql/jobs.hpp"

namespace vigie::storage {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kTimeMax{5};

}  // namespace

JobBell::~JobBell() {
  std::unique_lock lock(mutex_);
  ended_.wait_for(lock, 2 * kTimeMax, [this] { return !is_telling_; });
}

void JobBell::ring(domain::JobLane lane) {
  {
    const std::lock_guard lock(mutex_);
    rung_[static_cast<std::size_t>(lane)] = true;
    if (std::exchange(is_telling_, true)) return;
  }
  if (net::EventLoop::current()->spawn([this] { tell(); })) return;
  // No fiber is free: the next who rings tells of it too, or the poll finds it.
  const std::lock_guard lock(mutex_);
  is_telling_ = false;
}

void JobBell::tell() {
  for (std::vector<std::string> lanes = take(); !lanes.empty(); lanes = take()) {
    domain::Context context;
    context.deadline = Clock::now() + kTimeMax;
    // What fails, storage has counted and logged.
    static_cast<void>(database_.exec(context, sql::jobs::kNotify, Parameters().texts(lanes)));
  }
}

std::vector<std::string> JobBell::take() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> lanes;
  for (std::size_t lane = 0; lane < rung_.size(); ++lane) {
    if (std::exchange(rung_[lane], false)) lanes.emplace_back(domain::kJobLaneNames[lane]);
  }
  is_telling_ = !lanes.empty();
  if (!is_telling_) ended_.notify_all();
  return lanes;
}

}  // namespace vigie::storage
