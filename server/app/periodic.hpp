#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "server/net/waiting.hpp"

namespace vigie::app {

/// Runs `task` on a fiber of `loop` now and then every `interval`, one run at a time, until the
/// loop stops. An exception of the task is handed to `failed`; the next run is not affected.
void run_periodically(net::EventLoop& loop, std::chrono::milliseconds interval,
                      std::function<void()> task, std::function<void(const char*)> failed);

}  // namespace vigie::app
