#include "telemetry/format.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <system_error>

namespace vigie::telemetry {
namespace {

struct MediaRange {
  std::string_view type;
  std::string_view version;
  int quality = 1000;
};

std::string_view trim(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// The part of `rest` before the separator; `rest` goes on after it.
std::string_view take_until(std::string_view& rest, char separator) noexcept {
  const std::size_t end = rest.find(separator);
  const std::string_view part = trim(rest.substr(0, end));
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return part;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

// A weight of RFC 9110, 12.4.2, in thousandths; 0 when malformed, so that it is never chosen.
int parse_quality(std::string_view text) noexcept {
  double quality = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), quality);
  const bool is_valid =
      error == std::errc{} && end == text.data() + text.size() && quality >= 0 && quality <= 1;
  return is_valid ? static_cast<int>(quality * 1000) : 0;
}

MediaRange parse_media_range(std::string_view text) noexcept {
  MediaRange range;
  range.type = take_until(text, ';');
  while (!text.empty()) {
    std::string_view parameter = take_until(text, ';');
    const std::string_view name = take_until(parameter, '=');
    if (equals_ignoring_case(name, "q")) range.quality = parse_quality(parameter);
    if (equals_ignoring_case(name, "version")) range.version = parameter;
  }
  return range;
}

bool is_open_metrics(const MediaRange& range) noexcept {
  return equals_ignoring_case(range.type, "application/openmetrics-text") &&
         (range.version.empty() || range.version == "1.0.0");
}

bool is_classic(const MediaRange& range) noexcept {
  if (range.type == "*/*" || equals_ignoring_case(range.type, "text/*")) return true;
  return equals_ignoring_case(range.type, "text/plain") &&
         (range.version.empty() || range.version == "0.0.4");
}

}  // namespace

Format negotiate(std::string_view accept) noexcept {
  int open_metrics = 0;
  int classic = 0;
  while (!accept.empty()) {
    const MediaRange range = parse_media_range(take_until(accept, ','));
    if (is_open_metrics(range)) open_metrics = std::max(open_metrics, range.quality);
    if (is_classic(range)) classic = std::max(classic, range.quality);
  }
  return open_metrics > 0 && open_metrics >= classic ? Format::kOpenMetrics : Format::kClassic;
}

std::string_view content_type(Format format) noexcept {
  return format == Format::kOpenMetrics
             ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
             : "text/plain; version=0.0.4; charset=utf-8";
}

}  // namespace vigie::telemetry
