#include "server/app/account_command.hpp"

#include <iostream>
#include <stdexcept>

#include "server/app/options.hpp"
#include "server/app/system_clock.hpp"
#include "server/crypto/random_bytes.hpp"
#include "server/domain/accounts.hpp"
#include "server/domain/text.hpp"
#include "server/domain/uuid_v7.hpp"
#include "server/net/cpu_pool.hpp"
#include "server/storage/account_store.hpp"
#include "server/storage/database.hpp"
#include "telemetry/telemetry.hpp"

namespace vigie::app {
namespace {

std::string describe(const domain::Error& error) {
  std::string text = error.message;
  for (const auto& fault : error.faults) text += "\n  " + fault.pointer + ": " + fault.message;
  if (!error.detail.empty()) text += " (" + error.detail + ")";
  return text;
}

domain::Role role_of(const std::string& name) {
  const auto role = domain::parse_role(name);
  if (!role) throw std::runtime_error("--role must be user, organiser or administrator");
  return *role;
}

std::string read_password() {
  std::string password;
  if (!std::getline(std::cin, password)) {
    throw std::runtime_error("the password is read from standard input, which is empty");
  }
  return password;
}

}  // namespace

int create_account(const Config& config, const NewAccountArguments& arguments) {
  constexpr std::chrono::seconds kDeadline{15};
  const domain::Role role = role_of(arguments.role);
  const domain::NewAccount wanted{arguments.email, domain::normalised(arguments.display_name),
                                  read_password()};
  telemetry::SystemClock monotonic_clock;
  telemetry::Telemetry telemetry(silent_telemetry(), monotonic_clock);
  SystemClock clock;
  domain::UuidV7Source ids(clock, crypto::fill_random);
  domain::Observer observer;
  net::Runtime runtime({.reactor_count = 1, .name = "command"});
  const auto pool = net::make_cpu_pool("password", 1, 1);
  auth::Argon2Hasher hasher(*pool, telemetry.metrics(), argon2_cost(config));
  storage::Database database(loops_of(runtime), database_options(config), telemetry.metrics(),
                             telemetry.log());
  storage::PgAccountStore store(database);
  domain::Accounts accounts(store, hasher, clock, ids, observer);
  std::optional<domain::Result<domain::Account>> created;
  net::run_on_fiber(runtime, 0, [&] {
    domain::Context context;
    context.correlation_id = "command-line";
    context.deadline = std::chrono::steady_clock::now() + kDeadline;
    created = accounts.create(context, wanted, role);
  });
  if (!created->ok()) throw std::runtime_error(describe(created->error()));
  std::cout << (*created)->id.to_string() << '\n';
  return EXIT_SUCCESS;
}

}  // namespace vigie::app
