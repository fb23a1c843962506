#include "server/storage/statement_timeouts.hpp"

#include <algorithm>
#include <string>

namespace vigie::storage {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

net::TimePoint deadline_of(const domain::Context& context, const DatabaseOptions& options) {
  constexpr milliseconds kMargin{1'000};
  const milliseconds longest = options.lease_wait_max + options.statement_timeout + kMargin;
  return std::min(context.deadline, Clock::now() + longest);
}

Parameters timeouts_until(net::TimePoint deadline, const DatabaseOptions& options,
                          bool is_by_index) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
  const auto capped = [&](milliseconds cap) {
    // 0 would mean no timeout at all.
    return std::to_string(std::clamp(left, milliseconds(1), cap).count());
  };
  Parameters parameters;
  parameters.text(capped(options.statement_timeout))
      .text(capped(options.lock_timeout))
      .text(is_by_index ? "off" : "on");
  return parameters;
}

}  // namespace vigie::storage
