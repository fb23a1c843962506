#include "telemetry/thread_index.hpp"

#include <atomic>

namespace vigie::telemetry {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);
constinit thread_local std::size_t t_index = kNone;
constinit std::atomic<std::size_t> next_index{0};

}  // namespace

std::size_t thread_index() noexcept {
  if (t_index == kNone) [[unlikely]] {
    t_index = next_index.fetch_add(1, std::memory_order_relaxed);
  }
  return t_index;
}

}  // namespace vigie::telemetry
