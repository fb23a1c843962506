#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vigie::telemetry {

/// error: someone should act; warn: we degraded; info: one per request or change of state; debug:
/// off in production. kOff, as a level, lets nothing through.
enum class Severity : std::uint8_t { kDebug, kInfo, kWarn, kError, kOff };

/// "DEBUG", "INFO", "WARN", "ERROR", as OpenTelemetry's severity text.
std::string_view severity_text(Severity severity) noexcept;

/// The run-time level from configuration: debug, info, warn, error or off.
std::optional<Severity> parse_severity(std::string_view text) noexcept;

}  // namespace vigie::telemetry
