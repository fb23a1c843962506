#include "telemetry/environment_reader.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

namespace vigie::telemetry {
namespace {

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    unsigned byte = 0;
    const char* digits = text.data() + i + 1;
    if (i + 2 >= text.size() || std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2) {
      return std::nullopt;
    }
    decoded += static_cast<char>(byte);
    i += 2;
  }
  return decoded;
}

std::optional<std::pair<std::string, std::string>> parse_pair(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const auto key = percent_decode(trim(text.substr(0, equals)));
  const auto value = percent_decode(trim(text.substr(equals + 1)));
  if (!key || key->empty() || !value) return std::nullopt;
  return std::pair(*key, *value);
}

}  // namespace

std::optional<std::string> EnvironmentReader::text(const std::string& name) const {
  std::optional<std::string> value = environment_(name);
  if (!value) return std::nullopt;
  *value = trim(*value);
  return value->empty() ? std::nullopt : value;
}

std::optional<std::pair<std::string, std::string>> EnvironmentReader::first_of(
    const std::string& name, const std::string& general) const {
  if (auto value = text(name)) return std::pair(name, *value);
  if (auto value = text(general)) return std::pair(general, *value);
  return std::nullopt;
}

std::optional<std::int64_t> EnvironmentReader::integer(const std::string& name, std::int64_t least,
                                                       std::int64_t most) {
  const std::optional<std::string> value = text(name);
  if (!value) return std::nullopt;
  std::int64_t number = 0;
  const char* end = value->data() + value->size();
  const auto [stopped, error] = std::from_chars(value->data(), end, number);
  if (error != std::errc{} || stopped != end || number < least || number > most) {
    fault(name,
          "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return std::nullopt;
  }
  return number;
}

void EnvironmentReader::count(const std::string& name, std::size_t& value, std::size_t least,
                              std::size_t most) {
  const auto number =
      integer(name, static_cast<std::int64_t>(least), static_cast<std::int64_t>(most));
  if (number) value = static_cast<std::size_t>(*number);
}

void EnvironmentReader::milliseconds(const std::string& name, std::chrono::milliseconds& value,
                                     std::int64_t most) {
  if (const auto number = integer(name, 1, most)) value = std::chrono::milliseconds(*number);
}

void EnvironmentReader::flag(const std::string& name, bool& value) {
  const std::optional<std::string> given = text(name);
  if (!given) return;
  if (*given != "true" && *given != "false") return fault(name, "must be true or false");
  value = *given == "true";
}

Pairs EnvironmentReader::pairs(const std::string& name) {
  Pairs pairs;
  const std::string list = text(name).value_or("");
  std::string_view rest = list;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view member = trim(rest.substr(0, comma));
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    if (member.empty()) continue;
    if (auto pair = parse_pair(member)) {
      pairs.push_back(std::move(*pair));
    } else {
      fault(name, "must be a list such as key=value,key=value with percent-encoded values");
      return {};
    }
  }
  return pairs;
}

// Values are left out: headers are often secrets.
void EnvironmentReader::fault(const std::string& name, std::string_view message) {
  // A variable that two signals share is read twice.
  std::string fault = name + ": " + std::string(message);
  if (std::find(faults_.begin(), faults_.end(), fault) == faults_.end()) {
    faults_.push_back(std::move(fault));
  }
}

}  // namespace vigie::telemetry
