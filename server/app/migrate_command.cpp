#include "server/app/migrate_command.hpp"

#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <stdexcept>
#include <utility>

#include "server/storage/migration.hpp"

namespace vigie::app {
namespace {

template <typename T>
T value_or_throw(domain::Result<T> result) {
  if (!result)
    throw std::runtime_error(result.error().message + " (" + result.error().detail + ")");
  return std::move(result).value();
}

}  // namespace

int migrate_status(const Config& config) {
  bool is_complete = true;
  for (const auto& migration : value_or_throw(storage::Migrator(config.database_url).status())) {
    is_complete = is_complete && migration.state == storage::MigrationState::kApplied;
    std::cout << std::left << std::setw(9) << storage::name_of(migration.state) << std::setfill('0')
              << std::right << std::setw(4) << migration.version << std::setfill(' ') << ' '
              << migration.name << " (" << storage::name_of(migration.phase) << ")";
    if (migration.applied_at) std::cout << " at " << *migration.applied_at;
    std::cout << '\n';
  }
  return is_complete ? EXIT_SUCCESS : EXIT_FAILURE;
}

int migrate_up(const Config& config, bool with_contract) {
  const storage::MigrationRun run =
      value_or_throw(storage::Migrator(config.database_url).up({.allows_contract = with_contract}));
  for (const auto& migration : run.applied) std::cout << "applied " << migration.name << '\n';
  for (const auto& name : run.held_back) {
    std::cout << "held back " << name << ": needs --contract\n";
  }
  return EXIT_SUCCESS;
}

}  // namespace vigie::app
