#include "server/app/config.hpp"

#include <array>
#include <charconv>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>
#include <variant>

#include "server/app/admin_port.hpp"
#include "server/app/setting.hpp"
#include "server/app/suggestion.hpp"
#include "server/http/address_ranges.hpp"
#include "telemetry/catalogue/vigie_catalogue.hpp"

namespace vigie::app {
namespace {

using Faults = std::vector<std::string>;
using Variables = std::map<std::string, std::string, std::less<>>;

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string range_fault(const Setting& setting, std::int64_t min, std::int64_t max,
                        std::string_view text) {
  return std::string(setting.name) + " must be a whole number from " + std::to_string(min) +
         " to " + std::to_string(max) + " (" + std::string(setting.unit) + "), not '" +
         std::string(text) + "'";
}

/// Stores `text` in the setting's field, or says what is wrong with it.
struct Reader {
  const Setting& setting;
  Config& config;
  std::string_view text;
  Faults& faults;

  void operator()(const IntegerField& field) const {
    const auto value = parse_integer(text);
    if (!value || *value < field.min || *value > field.max) {
      faults.push_back(range_fault(setting, field.min, field.max, text));
      return;
    }
    config.*field.of = *value;
  }

  void operator()(const DurationField& field) const {
    const auto value = parse_integer(text);
    if (!value || *value < field.min_ms || *value > field.max_ms) {
      faults.push_back(range_fault(setting, field.min_ms, field.max_ms, text));
      return;
    }
    config.*field.of = std::chrono::milliseconds(*value);
  }

  void operator()(const FlagField& field) const {
    if (text != "true" && text != "false") {
      faults.push_back(std::string(setting.name) + " must be true or false, not '" +
                       std::string(text) + "'");
      return;
    }
    config.*field.of = text == "true";
  }

  void operator()(const ChoiceField& field) const {
    std::string allowed;
    for (const std::string_view choice : field.choices) {
      if (choice.empty()) continue;
      if (choice == text) {
        config.*field.of = text;
        return;
      }
      allowed += (allowed.empty() ? "" : ", ") + std::string(choice);
    }
    faults.push_back(std::string(setting.name) + " must be one of " + allowed + ", not '" +
                     std::string(text) + "'");
  }

  // The text of a connection string or a path is never repeated in a message: it may hold a
  // password.
  void operator()(const TextField& field) const { config.*field.of = text; }
};

const Setting* find_setting(std::string_view name) {
  for (const Setting& setting : settings()) {
    if (setting.name == name) return &setting;
  }
  return nullptr;
}

std::vector<std::string_view> names_of_settings() {
  std::vector<std::string_view> names;
  for (const Setting& setting : settings()) names.push_back(setting.name);
  return names;
}

void read_variable(std::string_view name, std::string_view text, ConfigReading& reading) {
  const Setting* setting = find_setting(name);
  if (setting != nullptr) {
    std::visit(Reader{*setting, reading.config, text, reading.faults}, setting->field);
    return;
  }
  if (name.starts_with("VIGIE_")) {
    reading.faults.push_back(std::string(name) + " is not a setting" +
                             did_you_mean(name, names_of_settings()) +
                             "; vigie describe --config lists them");
  }
}

void check_ranges(ConfigReading& reading, std::string_view name, const std::string& list) {
  Faults faults;
  http::AddressRanges::parse(list, faults);
  for (const std::string& fault : faults) {
    reading.faults.push_back(std::string(name) + ": " + fault);
  }
}

void check_together(ConfigReading& reading) {
  const Config& config = reading.config;
  if (config.http_port != 0 && config.http_port == config.admin_port &&
      config.http_address == config.admin_address) {
    reading.faults.push_back("VIGIE_HTTP_PORT and VIGIE_ADMIN_PORT must differ");
  }
  check_ranges(reading, "VIGIE_HTTP_TRUSTED_PROXIES", config.http_trusted_proxies);
  check_ranges(reading, "VIGIE_HTTP_TRACING_CALLERS", config.http_tracing_callers);
  const Faults access_faults = faults_of_admin_port(config);
  reading.faults.insert(reading.faults.end(), access_faults.begin(), access_faults.end());
  if (config.rate_limit_burst < config.rate_limit_requests_per_second) {
    reading.faults.push_back(
        "VIGIE_RATE_LIMIT_BURST must not be below VIGIE_RATE_LIMIT_REQUESTS_PER_SECOND");
  }
}

constexpr std::string_view kBlobStore = "VIGIE_BLOB_STORE";

/// What the store that was chosen wants to know.
void require_of_blob_store(ConfigReading& reading) {
  if (reading.config.blob_store == "disk") return require(reading, {"VIGIE_BLOB_DIRECTORY"});
  require(reading, {"VIGIE_BLOB_AZURE_ENDPOINT", "VIGIE_BLOB_AZURE_ACCOUNT",
                    "VIGIE_BLOB_AZURE_CONTAINER", "VIGIE_BLOB_AZURE_KEY_FILE"});
}

constexpr std::string_view kAdminAddress = "VIGIE_ADMIN_ADDRESS";

/// Whom the admin port trusts, of those that have one.
void require_of_admin_port(ConfigReading& reading) {
  const Config& config = reading.config;
  const bool has_token = !config.admin_token.empty() || !config.admin_token_file.empty();
  if (has_token || !is_beyond_loopback(config)) return;
  reading.faults.push_back("VIGIE_ADMIN_ADDRESS " + config.admin_address +
                           " is not loopback, so VIGIE_ADMIN_TOKEN_FILE must be set: whoever "
                           "reaches the admin port can change the process");
}

/// The OTEL_* variables, then what our own settings say of telemetry.
void configure_telemetry(ConfigReading& reading, const Variables& variables) {
  telemetry::TelemetryConfig& target = reading.config.telemetry_config;
  target.service_version = VIGIE_VERSION;
  target.revision = VIGIE_REVISION;
  target.metrics = telemetry::vigie_catalogue().metrics;
  const auto faults = telemetry::apply_environment(target, [&variables](const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional<std::string>(found->second);
  });
  reading.faults.insert(reading.faults.end(), faults.begin(), faults.end());
  target.log_level = telemetry::parse_severity(reading.config.log_level).value_or(target.log_level);
  target.recorder_bytes_max = static_cast<std::size_t>(reading.config.telemetry_recorder_bytes_max);
  target.spool.directory = reading.config.telemetry_spool_directory;
  target.spool.bytes_max = static_cast<std::uint64_t>(reading.config.telemetry_spool_bytes_max);
  target.spool.replay_bytes_per_second =
      static_cast<std::uint64_t>(reading.config.telemetry_replay_bytes_per_second);
  if (!reading.config.telemetry) telemetry::switch_off(target);
}

}  // namespace

ConfigReading read_config(const char* const* environment) {
  ConfigReading reading;
  Variables variables;
  for (; *environment != nullptr; ++environment) {
    const std::string_view entry = *environment;
    const auto equals = entry.find('=');
    if (equals == std::string_view::npos) continue;
    read_variable(entry.substr(0, equals), entry.substr(equals + 1), reading);
    if (entry.starts_with("OTEL_"))
      variables.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  check_together(reading);
  configure_telemetry(reading, variables);
  return reading;
}

void require(ConfigReading& reading, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (name == kBlobStore) require_of_blob_store(reading);
    if (name == kAdminAddress) require_of_admin_port(reading);
    const Setting* setting = find_setting(name);
    const auto* field = setting == nullptr ? nullptr : std::get_if<TextField>(&setting->field);
    if (field == nullptr || !(reading.config.*field->of).empty()) continue;
    reading.faults.push_back(std::string(name) + " must be set: " + std::string(setting->help));
  }
}

}  // namespace vigie::app
