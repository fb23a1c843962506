#include "server/jobs/closing.hpp"

#include <future>
#include <memory>
#include <utility>

namespace vigie::jobs {

bool close_on(net::EventLoop& loop, std::function<void(std::function<void()> idle)> close,
              net::TimePoint deadline) {
  const auto idle = std::make_shared<std::promise<void>>();
  std::future<void> is_idle = idle->get_future();
  const bool is_running =
      loop.post([close = std::move(close), idle] { close([idle] { idle->set_value(); }); });
  return !is_running || is_idle.wait_until(deadline) == std::future_status::ready;
}

}  // namespace vigie::jobs
