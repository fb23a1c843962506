#include "server/jobs/lane.hpp"

#include <utility>

namespace vigie::jobs {

void Lane::wake() {
  has_more_ = true;
  claim_if_useful();
}

void Lane::ended() {
  --busy_;
  has_more_ |= may_be_held_back_;
  claim_if_useful();
}

void Lane::claim_if_useful() {
  if (is_claiming_ || !may_claim()) return;
  is_claiming_ = true;
  const bool is_started = loop_.spawn([this] {
    claim_while_useful();
    is_claiming_ = false;
  });
  // No fiber is free: the next poll tries again.
  if (!is_started) is_claiming_ = false;
}

void Lane::claim_while_useful() {
  while (may_claim()) {
    const std::size_t count_max = concurrency_ - busy_;
    has_more_ = false;
    auto claimed = calls_.claim(count_max);
    // The store has told why; the next poll tries again.
    if (!claimed) return;
    has_more_ |= claimed->size() == count_max;
    may_be_held_back_ = claimed->size() < count_max;
    busy_ += claimed->size();
    for (domain::ClaimedJob& job : *claimed) calls_.start(std::move(job));
  }
}

}  // namespace vigie::jobs
