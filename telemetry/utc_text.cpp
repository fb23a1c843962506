#include "telemetry/utc_text.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace vigie::telemetry {

std::string utc_text(std::uint64_t utc_ns) {
  const auto second = static_cast<std::time_t>(utc_ns / 1'000'000'000U);
  const auto microseconds = static_cast<unsigned>(utc_ns / 1'000U % 1'000'000U);
  std::tm parts{};
  gmtime_r(&second, &parts);
  std::array<char, 64> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text.data() + size, text.size() - size, ".%06uZ", microseconds);
  return text.data();
}

}  // namespace vigie::telemetry
