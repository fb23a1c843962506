#include "telemetry/severity.hpp"

#include <array>

namespace vigie::telemetry {
namespace {

constexpr std::array<std::string_view, 5> kTexts{"DEBUG", "INFO", "WARN", "ERROR", "OFF"};
constexpr std::array<std::string_view, 5> kLevels{"debug", "info", "warn", "error", "off"};

}  // namespace

std::string_view severity_text(Severity severity) noexcept {
  return kTexts[static_cast<std::size_t>(severity)];
}

std::optional<Severity> parse_severity(std::string_view text) noexcept {
  for (std::size_t i = 0; i < kLevels.size(); ++i) {
    if (text == kLevels[i]) return static_cast<Severity>(i);
  }
  return std::nullopt;
}

}  // namespace vigie::telemetry
