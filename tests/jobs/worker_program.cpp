// A worker with handlers whose effects can be counted, that may kill itself at any step of a run.
//
//   jobs_worker CONNINFO
//     KILL_AT       step at which the process kills itself, in the first attempt of a job
//     EFFECTS       directory where crash.idempotent leaves a file for each job
//     CONCURRENCY   jobs at once (4)
//     RUN_MS        how long a run takes (0)
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>

#include "server/jobs/worker.hpp"
#include "server/net/runtime.hpp"
#include "server/storage/database.hpp"
#include "server/storage/job_listener.hpp"
#include "server/storage/job_store.hpp"
#include "server/storage/units_of_work.hpp"
#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/telemetry.hpp"

namespace vigie::jobs {
namespace {

using domain::Context;
using domain::JobRun;
using domain::JobRunKey;
using domain::Result;

std::string setting(const char* name, const char* otherwise) {
  const char* const value = std::getenv(name);
  return value != nullptr ? value : otherwise;
}

void die_at(std::string_view step) {
  static const std::string wanted = setting("KILL_AT", "");
  if (step == wanted) ::raise(SIGKILL);
}

/// The store, with a death before and after its calls.
class DeadlyStore : public domain::JobStore {
 public:
  explicit DeadlyStore(domain::JobStore& store) : store_(store) {}

  Result<std::vector<domain::ClaimedJob>> claim(const Context& context,
                                                const domain::JobClaim& claim) override {
    auto claimed = store_.claim(context, claim);
    if (claimed && !claimed->empty()) die_at("claimed");
    return claimed;
  }
  Result<void> renew(const Context& context, std::span<const JobRunKey> keys) override {
    die_at("renewing");
    auto renewed = store_.renew(context, keys);
    die_at("renewed");
    return renewed;
  }
  Result<domain::FinishedRuns> finish(const Context& context,
                                      std::span<const JobRunKey> keys) override {
    die_at("finishing");
    auto finished = store_.finish(context, keys);
    die_at("finished");
    return finished;
  }
  Result<void> retry(const Context& context, const JobRunKey& key, std::chrono::milliseconds pause,
                     const domain::JobFailure& failure) override {
    die_at("retrying");
    auto retried = store_.retry(context, key, pause, failure);
    die_at("retried");
    return retried;
  }
  Result<void> fail(const Context& context, const JobRunKey& key,
                    const domain::JobFailure& failure) override {
    return store_.fail(context, key, failure);
  }
  Result<void> give_back(const Context& context, std::span<const JobRunKey> keys) override {
    return store_.give_back(context, keys);
  }
  Result<std::size_t> promote(const Context& context, std::size_t limit) override {
    return store_.promote(context, limit);
  }
  Result<std::vector<domain::LostJob>> recover(const Context& context, std::size_t limit) override {
    auto recovered = store_.recover(context, limit);
    if (recovered && !recovered->empty()) die_at("recovered");
    return recovered;
  }

 private:
  domain::JobStore& store_;
};

class CountedHandler : public domain::JobHandler {
 public:
  CountedHandler(storage::Database& database, domain::UnitsOfWork& units)
      : database_(database), units_(units) {}

  Result<void> run(const Context& context, JobRun& run) override {
    const bool is_first = run.job().attempt == 1;
    if (auto noted = note(context, run, "INSERT INTO runs (job, attempt) VALUES ($1, $2)");
        !noted) {
      return noted;
    }
    if (is_first) die_at("started");
    net::sleep_until(std::chrono::steady_clock::now() + run_time_);
    auto done = run.job().kind == "crash.idempotent" ? leave_a_file(run) : insert(context, run);
    if (!done) return done;
    done = note(context, run,
                "UPDATE runs SET ended_at = clock_timestamp() WHERE job = $1 AND attempt = $2");
    if (is_first) die_at("returning");
    if (is_first && run.job().payload.find("fail_once") != std::string::npos) {
      return domain::Error{.code = domain::Code::kUnavailable, .detail = "as asked"};
    }
    return {};
  }

 private:
  Result<void> note(const Context& context, JobRun& run, std::string_view sql) {
    const auto noted = database_.exec(
        context, {.sql = sql, .operation = "INSERT", .lane = storage::Lane::kWrite},
        storage::Parameters().text(run.job().id.to_string()).small_integer(run.job().attempt));
    if (!noted) return noted.error();
    return {};
  }

  /// The effect and the end of the job are one commit.
  Result<void> insert(const Context& context, JobRun& run) {
    const bool is_first = run.job().attempt == 1;
    const auto unit = units_.begin(context, domain::UnitPace::kQuick);
    if (!unit) return unit.error();
    Context inside = context;
    inside.unit_of_work = unit->get();
    if (auto done = note(inside, run, "INSERT INTO effects (job, attempt) VALUES ($1, $2)");
        !done) {
      return done;
    }
    if (is_first) die_at("done");
    if (auto finished = run.finish(inside); !finished) return finished;
    if (is_first) die_at("ended");
    if (auto committed = (*unit)->commit(); !committed) return committed;
    if (is_first) die_at("committed");
    return {};
  }

  /// An effect outside the database that bears repetition.
  Result<void> leave_a_file(JobRun& run) {
    static const std::string directory = setting("EFFECTS", "/nonexistent");
    const std::string name = directory + "/" + run.job().id.to_string();
    const std::string unfinished = name + "." + std::to_string(::getpid());
    std::ofstream(unfinished) << run.job().payload;
    if (run.job().attempt == 1) die_at("done");
    if (::rename(unfinished.c_str(), name.c_str()) != 0) {
      return domain::Error{.code = domain::Code::kUnavailable, .detail = "rename failed"};
    }
    if (run.job().attempt == 1) die_at("committed");
    return {};
  }

  storage::Database& database_;
  domain::UnitsOfWork& units_;
  const std::chrono::milliseconds run_time_{std::stol(setting("RUN_MS", "0"))};
};

/// Nothing, as quickly as possible: for the benchmark.
class EmptyHandler : public domain::JobHandler {
 public:
  Result<void> run(const Context&, JobRun&) override { return {}; }
};

telemetry::TelemetryConfig quiet() {
  telemetry::TelemetryConfig config;
  config.metrics = telemetry::metrics::kAll;
  telemetry::switch_off(config);
  return config;
}

void wait_for_the_end() {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  int number = 0;
  sigwait(&stop, &number);
}

int work(const std::string& conninfo) {
  telemetry::SystemClock clock;
  telemetry::Telemetry telemetry(quiet(), clock);
  net::Runtime runtime({.reactor_count = 1, .name = "worker"});
  const storage::DatabaseOptions options{.conninfo = conninfo, .leased_connections = 8};
  storage::Database database({runtime.loop(0)}, options, telemetry.metrics(), telemetry.log());
  storage::PgJobStore store(database);
  storage::PgUnitsOfWork units(database);
  DeadlyStore deadly(store);
  CountedHandler counted(database, units);
  EmptyHandler empty;
  Handlers handlers;
  handlers.add("crash.transactional", counted, std::chrono::seconds(20));
  handlers.add("crash.idempotent", counted, std::chrono::seconds(20));
  handlers.add("bench.empty", empty, std::chrono::seconds(20));
  JobMetrics metrics(telemetry.metrics(), handlers.kinds());
  const std::size_t concurrency = std::stoul(setting("CONCURRENCY", "4"));
  Worker worker(
      {{runtime.loop(0)}, deadly, handlers, {telemetry.tracer(), telemetry.log(), metrics}},
      {.name = "worker:" + std::to_string(::getpid()),
       .lanes = {{domain::JobLane::kHigh, concurrency}},
       .poll_interval = std::chrono::milliseconds(200),
       .backoff = {.first = std::chrono::milliseconds(50)}});
  worker.start();
  {
    storage::JobListener listener(runtime.loop(0), options,
                                  [&worker](std::optional<domain::JobLane>) { worker.wake_all(); });
    wait_for_the_end();
  }
  worker.stop(std::chrono::steady_clock::now() + std::chrono::seconds(10));
  runtime.stop();
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace vigie::jobs

int main(int argc, char** argv) {
  if (argc != 2) return EXIT_FAILURE;
  // Before there are threads: all inherit it.
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigprocmask(SIG_BLOCK, &stop, nullptr);
  return vigie::jobs::work(argv[1]);
}
