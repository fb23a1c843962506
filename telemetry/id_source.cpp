#include "telemetry/id_source.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <ctime>

namespace vigie::telemetry {
namespace {

// xoshiro256++ 1.0 (Blackman and Vigna): every output bit is of equal quality, and trace ids are
// compared with a threshold.
struct Generator {
  std::array<std::uint64_t, 4> state{};
  bool is_seeded = false;

  // Out of line: make_span_id() is short without it.
  [[gnu::noinline, gnu::cold]] void seed() noexcept {
    if (getrandom(state.data(), sizeof state, 0) != static_cast<ssize_t>(sizeof state)) {
      // Not on any kernel this runs on; ids must differ between threads all the same.
      state = {reinterpret_cast<std::uintptr_t>(this), static_cast<std::uint64_t>(time(nullptr)), 1,
               2};
    }
    is_seeded = true;
  }

  std::uint64_t next() noexcept {
    if (!is_seeded) [[unlikely]] {
      seed();
    }
    const std::uint64_t result = std::rotl(state[0] + state[3], 23) + state[0];
    const std::uint64_t shifted = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = std::rotl(state[3], 45);
    return result;
  }
};

constinit thread_local Generator t_generator;

// Zero is no valid id.
std::uint64_t non_zero() noexcept { return std::max<std::uint64_t>(t_generator.next(), 1); }

}  // namespace

TraceId make_trace_id() noexcept {
  return std::bit_cast<TraceId>(std::array<std::uint64_t, 2>{non_zero(), non_zero()});
}

SpanId make_span_id() noexcept { return std::bit_cast<SpanId>(non_zero()); }

std::uint64_t random_number() noexcept { return t_generator.next(); }

}  // namespace vigie::telemetry
