#pragma once

#include <cstdint>
#include <string>

namespace vigie::telemetry {

/// RFC 3339 with microseconds, as in log lines: "2030-01-01T00:00:00.000000Z".
std::string utc_text(std::uint64_t utc_ns);

}  // namespace vigie::telemetry
