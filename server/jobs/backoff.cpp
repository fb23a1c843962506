#include "server/jobs/backoff.hpp"

#include <algorithm>
#include <random>

namespace vigie::jobs {

using std::chrono::milliseconds;

milliseconds Backoff::ceiling(int attempt) const noexcept {
  constexpr int kDoublingsMax = 30;
  const int doublings = std::clamp(attempt - 1, 0, kDoublingsMax);
  return std::min(max, milliseconds(first.count() << doublings));
}

milliseconds Backoff::pause(int attempt) const {
  thread_local std::minstd_rand random{std::random_device{}()};
  return milliseconds(
      std::uniform_int_distribution<milliseconds::rep>(0, ceiling(attempt).count())(random));
}

}  // namespace vigie::jobs
