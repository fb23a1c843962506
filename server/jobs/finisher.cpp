#include "server/jobs/finisher.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace vigie::jobs {
namespace {

using domain::Code;

constexpr std::size_t kBatchMax = 200;

bool contains(const std::vector<domain::JobId>& ids, const domain::JobId& id) {
  return std::ranges::find(ids, id) != ids.end();
}

domain::Result<void> result_of(const domain::FinishedRuns& finished, const domain::JobId& id) {
  if (contains(finished.done, id)) return {};
  const bool is_lost = contains(finished.lost, id);
  return domain::Error{.code = is_lost ? Code::kVersionMismatch : Code::kNotFound,
                       .detail = is_lost ? "another worker has the job" : "the job is gone"};
}

}  // namespace

domain::Result<void> Finisher::finish(const domain::JobRunKey& key, net::TimePoint deadline) {
  Entry entry{.key = key, .deadline = deadline};
  waiting_.push_back(&entry);
  // On a fiber of its own: under load it does not end. Without one, who came first does it.
  if (!is_working_ && !loop_.spawn([this] { work(); })) work();
  // The statement that it takes part in ends at its deadline.
  while (!entry.is_settled) entry.parking.wait_until(net::TimePoint::max());
  return std::move(entry.result);
}

void Finisher::work() {
  is_working_ = true;
  while (!waiting_.empty()) {
    const auto count = static_cast<std::ptrdiff_t>(std::min(waiting_.size(), kBatchMax));
    const std::vector<Entry*> batch(waiting_.begin(), waiting_.begin() + count);
    waiting_.erase(waiting_.begin(), waiting_.begin() + count);
    finish_all(batch);
  }
  is_working_ = false;
}

void Finisher::finish_all(const std::vector<Entry*>& batch) {
  std::vector<domain::JobRunKey> keys;
  domain::Context context;
  for (const Entry* entry : batch) {
    keys.push_back(entry->key);
    context.deadline = std::min(context.deadline, entry->deadline);
  }
  const auto finished = store_.finish(context, keys);
  for (Entry* entry : batch) {
    entry->result = finished ? result_of(*finished, entry->key.id) : finished.error();
    entry->is_settled = true;
    entry->parking.notify();
  }
}

}  // namespace vigie::jobs
