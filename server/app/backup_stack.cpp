#include "server/app/backup_stack.hpp"

#include <string>

#include "server/net/cpu_pool.hpp"

namespace vigie::app {
namespace {

const std::string& backup_database_url(const Config& config) {
  return config.backup_database_url.empty() ? config.database_url : config.backup_database_url;
}

}  // namespace

BackupStack::BackupStack(const Config& config, const Parts& parts)
    : pool_(net::make_cpu_pool("backup", 1, 8)),
      store_(parts.database),
      units_(parts.database),
      copies_(*pool_, backup_database_url(config)),
      telemetry_(parts.telemetry.metrics(), parts.telemetry.log()),
      backups_({store_, copies_, parts.blobs, units_, parts.clock, parts.ids},
               {.programs_directory = config.backup_programs,
                .keep = static_cast<std::size_t>(config.backup_keep)}),
      run_handler_(backups_, telemetry_, parts.jobs),
      verify_handler_(backups_, telemetry_) {}

void BackupStack::sample(const domain::Context& context) {
  const auto all = store_.list(context);
  if (all) telemetry_.sample(*all);  // storage has counted and logged what failed
}

}  // namespace vigie::app
