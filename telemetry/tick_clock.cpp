#include "telemetry/tick_clock.hpp"

#include <algorithm>
#include <fstream>
#include <string>

#if defined(__x86_64__)
#include <cpuid.h>
#include <x86intrin.h>
#endif

namespace vigie::telemetry {
namespace {

constexpr std::uint64_t kCalibrationNs = 5'000'000;
constexpr std::uint64_t kDriftNsMax = 10'000'000;

#if defined(__x86_64__)

std::uint64_t read_ticks() noexcept { return __rdtsc(); }

// AMD64 Architecture Programmer's Manual, volume 3, CPUID Fn8000_0007: TscInvariant.
bool is_invariant() noexcept {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  return __get_cpuid(0x80000007, &a, &b, &c, &d) != 0 && (d >> 8 & 1) != 0;
}

#else

std::uint64_t read_ticks() noexcept { return 0; }
bool is_invariant() noexcept { return false; }

#endif

bool is_trusted_by_kernel() {
  std::ifstream file("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  std::string source;
  return file >> source && source == "tsc";
}

std::uint64_t distance(std::uint64_t a, std::uint64_t b) noexcept { return a < b ? b - a : a - b; }

/// Both clocks at one instant.
struct Instant {
  std::uint64_t ns;
  std::uint64_t ticks;
};

// Of some readings the one that was interrupted least.
Instant read_both(const Clock& clock) noexcept {
  Instant best{};
  std::uint64_t least = ~std::uint64_t{0};
  for (int i = 0; i < 16; ++i) {
    const std::uint64_t before = read_ticks();
    const std::uint64_t ns = clock.monotonic_ns();
    const std::uint64_t after = read_ticks();
    if (after - before >= least) continue;
    least = after - before;
    best = {ns, before + least / 2};
  }
  return best;
}

Instant read_both_after(const Clock& clock, std::uint64_t ns) noexcept {
  while (clock.monotonic_ns() < ns) {
  }
  return read_both(clock);
}

std::uint64_t tick_length(const Instant& from, const Instant& to) noexcept {
  const std::uint64_t ticks = std::max<std::uint64_t>(to.ticks - from.ticks, 1);
  return ((to.ns - from.ns) << 32) / ticks;
}

}  // namespace

TickClock::TickClock() {
  if (is_invariant() && is_trusted_by_kernel()) calibrate();
}

// Two measurements that must agree within 100 millionths: one alone can be spoilt by an interrupt.
void TickClock::calibrate() noexcept {
  const Instant first = read_both(system_);
  const Instant second = read_both_after(system_, first.ns + kCalibrationNs);
  const Instant third = read_both_after(system_, second.ns + kCalibrationNs);
  tick_length_ = tick_length(first, third);
  start_ns_ = third.ns;
  start_ticks_ = third.ticks;
  const std::uint64_t difference = distance(tick_length(first, second), tick_length(second, third));
  is_counting_ = tick_length_ > 0 && difference < tick_length_ / 10'000;
}

std::uint64_t TickClock::ns_at(std::uint64_t ticks) const noexcept {
  __extension__ using Wide = unsigned __int128;
  return start_ns_ + static_cast<std::uint64_t>(Wide{ticks - start_ticks_} * tick_length_ >> 32);
}

std::uint64_t TickClock::monotonic_ns() const noexcept {
  return is_counting() ? ns_at(read_ticks()) : system_.monotonic_ns();
}

void TickClock::check() const noexcept {
  if (!is_counting()) return;
  const Instant now = read_both(system_);
  const std::uint64_t drift_ns = distance(ns_at(now.ticks), now.ns);
  // A thousandth: the kernel's clock is slewed by up to half of that.
  if (drift_ns > kDriftNsMax + (now.ns - start_ns_) / 1000) is_counting_ = false;
}

}  // namespace vigie::telemetry
