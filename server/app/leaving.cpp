#include "server/app/leaving.hpp"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <thread>

namespace vigie::app {

std::chrono::milliseconds flush_time(std::chrono::steady_clock::time_point since) {
  constexpr std::chrono::milliseconds kLeast{100};
  const auto left = since + kStopTimeMax - kLeaveTimeMax - std::chrono::steady_clock::now();
  return std::max(std::chrono::duration_cast<std::chrono::milliseconds>(left), kLeast);
}

void leave_within(std::chrono::milliseconds time) {
  try {
    std::thread([time] {
      std::this_thread::sleep_for(time);
      std::_Exit(EXIT_SUCCESS);
    }).detach();
  } catch (const std::exception&) {
    std::_Exit(EXIT_SUCCESS);  // no thread is left to watch over the rest
  }
}

}  // namespace vigie::app
