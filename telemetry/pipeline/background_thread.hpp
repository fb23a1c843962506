#pragma once

#include <functional>
#include <thread>

namespace vigie::telemetry {

/// Starts a named thread that takes no signals: those are for the threads of the application, and a
/// write to a closed pipe must fail, not kill.
std::jthread start_background_thread(const char* name, std::function<void()> body);

}  // namespace vigie::telemetry
