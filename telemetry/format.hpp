#pragma once

#include <cstdint>
#include <string_view>

namespace vigie::telemetry {

/// kClassic: Prometheus text 0.0.4. kOpenMetrics: OpenMetrics text 1.0.0, with exemplars.
enum class Format : std::uint8_t { kClassic, kOpenMetrics };

/// The format that a scraper's Accept header asks for, by its weights (RFC 9110, 12.5.1); classic
/// when it does not say.
Format negotiate(std::string_view accept) noexcept;

/// For the Content-Type header.
std::string_view content_type(Format format) noexcept;

}  // namespace vigie::telemetry
