#include "server/app/backup_command.hpp"

#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "server/app/backup_stack.hpp"
#include "server/app/blob_stack.hpp"
#include "server/app/options.hpp"
#include "server/app/system_clock.hpp"
#include "server/crypto/random_bytes.hpp"
#include "server/domain/rfc3339.hpp"
#include "server/domain/uuid_v7.hpp"
#include "server/storage/blob_references.hpp"
#include "server/storage/database.hpp"
#include "server/storage/job_queue.hpp"

namespace vigie::app {
namespace {

using domain::Backup;

void print(const Backup& backup) {
  std::cout << backup.key << " taken " << domain::format_rfc3339(backup.taken_at) << ", "
            << backup.bytes << " bytes, sha256 " << backup.hash.to_string() << ", ";
  if (!backup.verified_at) {
    std::cout << "never restored\n";
  } else {
    std::cout << "restored " << domain::format_rfc3339(*backup.verified_at)
              << (backup.fault.empty() ? " without a fault" : " with a fault: " + backup.fault)
              << '\n';
  }
}

template <typename T>
T value_or_throw(domain::Result<T> result) {
  if (!result) {
    const domain::Error& error = result.error();
    throw std::runtime_error(error.message + " (" + error.detail + ")");
  }
  return std::move(result).value();
}

/// Runs `work` on a fiber of a process of its own.
template <typename T>
T with_backups(
    const Config& config,
    const std::function<domain::Result<T>(backup::Backups&, const domain::Context&)>& work) {
  telemetry::SystemClock monotonic_clock;
  telemetry::Telemetry telemetry(silent_telemetry(), monotonic_clock);
  SystemClock clock;
  domain::UuidV7Source ids(clock, crypto::fill_random);
  net::Runtime runtime(
      {.reactor_count = 1, .fiber_stack_bytes = std::size_t{256} * 1024, .name = "command"});
  domain::StorageRoom room(0);  // nothing is uploaded here
  BlobStack blobs(config, clock, room, telemetry);
  storage::Database database(loops_of(runtime), database_options(config), telemetry.metrics(),
                             telemetry.log());
  storage::PgBlobReferences references(database);
  blobs.ask([&](const domain::Context& context) { return references.has_contents(context); });
  storage::PgJobQueue jobs(database, ids, telemetry.metrics());
  BackupStack stack(config, {database, blobs.store(), clock, ids, jobs, telemetry});
  std::optional<domain::Result<T>> result;
  net::run_on_fiber(runtime, 0, [&] {
    domain::Context context;
    context.correlation_id = "command-line";
    context.deadline = std::chrono::steady_clock::now() + BackupStack::kRunTimeMax;
    result = work(stack.backups(), context);
  });
  return value_or_throw(std::move(*result));
}

}  // namespace

int backup_run(const Config& config) {
  print(with_backups<Backup>(config, [](backup::Backups& backups, const domain::Context& context) {
    return backups.take(context);
  }));
  return EXIT_SUCCESS;
}

int backup_list(const Config& config) {
  const auto all = with_backups<std::vector<Backup>>(
      config, [](backup::Backups& backups, const domain::Context& context) {
        return backups.list(context);
      });
  for (const Backup& backup : all) print(backup);
  return EXIT_SUCCESS;
}

int backup_verify(const Config& config) {
  const auto backup = with_backups<std::optional<Backup>>(
      config, [](backup::Backups& backups, const domain::Context& context) {
        return backups.verify(context);
      });
  if (!backup) throw std::runtime_error("there is no backup yet; vigie backup run takes one");
  print(*backup);
  return backup->fault.empty() ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace vigie::app
