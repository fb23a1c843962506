#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "telemetry/baggage.hpp"

/// What is taken is within the limits, and is the same when it is written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace vigie::telemetry;
  const auto baggage = parse_baggage({reinterpret_cast<const char*>(bytes), size});
  if (!baggage) return 0;
  if (baggage->size() > kBaggageMembersMax) std::abort();
  const std::string text = format_baggage(*baggage);
  if (text.size() <= kBaggageBytesMax && parse_baggage(text) != baggage) std::abort();
  return 0;
}
