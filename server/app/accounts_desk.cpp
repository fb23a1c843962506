#include "server/app/accounts_desk.hpp"

#include <unistd.h>

#include <chrono>

#include "server/app/options.hpp"
#include "server/crypto/random_bytes.hpp"
#include "server/net/cpu_pool.hpp"

namespace vigie::app {
namespace {

constexpr std::chrono::seconds kTimeMax{15};

/// Lines alone, and away from what the command prints.
telemetry::TelemetryConfig lines_on_stderr() {
  telemetry::TelemetryConfig config = silent_telemetry();
  config.log_level = telemetry::Severity::kInfo;
  config.log_fd = STDERR_FILENO;
  return config;
}

}  // namespace

AccountsDesk::AccountsDesk(const Config& config)
    : silent_(silent_telemetry(), monotonic_clock_),
      lines_(lines_on_stderr(), monotonic_clock_),
      observer_(lines_),
      ids_(clock_, crypto::fill_random),
      runtime_({.reactor_count = 1, .name = "command"}),
      pool_(net::make_cpu_pool("password", 1, 1)),
      hasher_(*pool_, silent_.metrics(), argon2_cost(config)),
      database_(loops_of(runtime_), database_options(config), silent_.metrics(), silent_.log()),
      store_(database_),
      sessions_(database_),
      reset_store_(database_),
      units_(database_),
      jobs_(database_, ids_, silent_.metrics()),
      accounts_(store_, hasher_, clock_, ids_, observer_),
      life_({store_, sessions_, reset_store_, jobs_, units_, hasher_, clock_, observer_}),
      resets_({store_, reset_store_, courier_, tokens_, clock_, observer_}, life_,
              reset_limits(config)) {}

AccountsDesk::~AccountsDesk() {
  // Of what becomes of the lines themselves nobody at a terminal wants to hear.
  lines_.log().set_level(telemetry::Severity::kOff);
}

void AccountsDesk::run(const std::function<void(const domain::Context&)>& body) {
  net::run_on_fiber(runtime_, 0, [&] {
    domain::Context context;
    context.correlation_id = "command-line";
    context.deadline = std::chrono::steady_clock::now() + kTimeMax;
    body(context);
  });
}

}  // namespace vigie::app
