#include "server/app/check_command.hpp"

#include <sysexits.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>

#include "server/app/admin_port.hpp"
#include "server/app/blob_stack.hpp"
#include "server/app/files.hpp"
#include "server/app/options.hpp"
#include "server/app/system_clock.hpp"
#include "server/net/runtime.hpp"
#include "server/storage/migration.hpp"

namespace vigie::app {
namespace {

/// What to do about an error, in one line: PostgreSQL's own end with a line feed.
std::string text_of(const domain::Error& error) {
  std::string text = error.detail.empty() ? error.message : error.detail;
  while (text.ends_with('\n')) text.pop_back();
  for (char& c : text) c = c == '\n' ? ' ' : c;
  return text;
}

/// What is there, in words; throws what is wrong.
std::string look_at_database(const Config& config) {
  const auto status = storage::Migrator(config.database_url).status();
  if (!status) throw std::runtime_error(text_of(status.error()));
  return "PostgreSQL answers";
}

std::string look_at_schema(const Config& config) {
  const auto status = storage::Migrator(config.database_url).status();
  if (!status) throw std::runtime_error("cannot be read: " + text_of(status.error()));
  std::string missing;
  for (const storage::MigrationStatus& migration : *status) {
    if (migration.state == storage::MigrationState::kChanged) {
      throw std::runtime_error(migration.name + " is not what was applied");
    }
    const bool is_missing = migration.state == storage::MigrationState::kPending &&
                            migration.phase != storage::MigrationPhase::kContract;
    if (is_missing) missing.append(missing.empty() ? "" : ", ").append(migration.name);
  }
  if (!missing.empty()) {
    throw std::runtime_error("not applied: " + missing + "; vigie migrate up applies them");
  }
  return std::to_string(status->size()) + " migrations are known, none is missing";
}

std::string look_at_keys(const Config& config) {
  open_key_ring(config);
  return "tokens can be signed";
}

std::string look_at_secret(const Config& config) {
  read_secret(config);
  return "it is long enough";
}

std::string look_at_admin_port(const Config& config) {
  const bool has_token = !operator_access(config).token.empty();
  return has_token ? "it asks for a token" : "it listens on loopback, without a token";
}

/// Nothing is made where nothing is: the server does that, and the database knows whether it may.
bool is_without_contents(const Config& config) {
  return config.blob_store == "disk" && (!std::filesystem::exists(config.blob_directory) ||
                                         std::filesystem::is_empty(config.blob_directory));
}

std::string look_at_store(const Config& config) {
  if (is_without_contents(config)) {
    return config.blob_directory + " is empty; the server makes what it needs at its first start";
  }
  telemetry::SystemClock monotonic_clock;
  telemetry::Telemetry telemetry(silent_telemetry(), monotonic_clock);
  SystemClock clock;
  net::Runtime runtime({.reactor_count = 1, .name = "command"});
  domain::StorageRoom room(0);  // nothing is uploaded here
  BlobStack blobs(config, clock, room, telemetry);
  domain::Result<void> done;
  net::run_on_fiber(runtime, 0, [&] {
    domain::Context context;
    context.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    static const domain::BlobKey kKey = "probe/write";
    done = blobs.store().put(context, kKey, "probe");
    if (done) done = blobs.store().remove(context, kKey);
  });
  if (!done) throw std::runtime_error(text_of(done.error()));
  return "contents can be written";
}

struct Check {
  std::string_view name;
  std::string (*look)(const Config& config);
  /// Without it there is nothing to look at: the configuration's fault says so.
  std::string Config::*needs;
};

constexpr auto kChecks = std::to_array<Check>({
    {"database", look_at_database, &Config::database_url},
    {"schema", look_at_schema, &Config::database_url},
    {"keys", look_at_keys, &Config::keys_dir},
    {"secret", look_at_secret, &Config::secret_file},
    {"admin port", look_at_admin_port, &Config::admin_address},
    {"store", look_at_store, &Config::blob_store},
});

bool has_what_it_needs(const Check& check, const Config& config) {
  const bool is_store_named = config.blob_store != "disk" || !config.blob_directory.empty();
  return !(config.*check.needs).empty() && (check.needs != &Config::blob_store || is_store_named);
}

void say(const char* verdict, std::string_view name, std::string_view reason) {
  std::cout << verdict << name << ": " << reason << '\n';
}

constexpr const char* kOk = "ok           ";
constexpr const char* kFailed = "failed       ";
constexpr const char* kNotLookedAt = "not checked  ";

}  // namespace

int check(const ConfigReading& reading) {
  for (const std::string& fault : reading.faults) say(kFailed, "configuration", fault);
  if (reading.faults.empty()) say(kOk, "configuration", "every setting is within its bounds");
  int exit_code = reading.faults.empty() ? EXIT_SUCCESS : EX_CONFIG;
  for (const Check& check : kChecks) {
    if (!has_what_it_needs(check, reading.config)) {
      say(kNotLookedAt, check.name, "its setting is missing");
      continue;
    }
    try {
      say(kOk, check.name, check.look(reading.config));
    } catch (const std::exception& fault) {
      say(kFailed, check.name, fault.what());
      if (exit_code == EXIT_SUCCESS) exit_code = EXIT_FAILURE;
    }
  }
  return exit_code;
}

}  // namespace vigie::app
