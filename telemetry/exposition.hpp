#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vigie::telemetry {

class Metrics;

/// kClassic: Prometheus text 0.0.4. kOpenMetrics: OpenMetrics text 1.0.0, with exemplars.
enum class Format : std::uint8_t { kClassic, kOpenMetrics };

/// The format that a scraper's Accept header asks for, by its q-values; classic when it does not
/// say.
Format negotiate(std::string_view accept) noexcept;

/// For the Content-Type header.
std::string_view content_type(Format format) noexcept;

/// One scrape. Both formats write bounds of buckets alike, so that a series is the same in both.
std::string exposition(const Metrics& metrics, Format format);

}  // namespace vigie::telemetry
