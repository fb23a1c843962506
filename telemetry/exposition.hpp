#pragma once

#include <string>

#include "telemetry/format.hpp"

namespace vigie::telemetry {

class Metrics;

/// One scrape. Both formats write bounds of buckets alike, so that a series is the same in both.
std::string exposition(const Metrics& metrics, Format format);

}  // namespace vigie::telemetry
