// Measures the queue on a private PostgreSQL that keeps what it acknowledges (fsync, synchronous
// commit, autovacuum), and prints minimum, median and maximum of the rounds.
//
//   vigie_queue_bench [rounds [jobs]]      5 rounds of 20,000 jobs
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "server/jobs/worker.hpp"
#include "server/net/runtime.hpp"
#include "server/storage/database.hpp"
#include "server/storage/job_listener.hpp"
#include "server/storage/job_queue.hpp"
#include "server/storage/job_store.hpp"
#include "server/storage/migration.hpp"
#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/telemetry.hpp"
#include "tests/jobs/worker_process.hpp"
#include "tests/storage/postgres_server.hpp"
#include "tests/storage/random_ids.hpp"

namespace vigie::jobs {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr int kWorkers = 4;
constexpr int kEnqueuers = 16;
constexpr int kPickUps = 500;
constexpr int kClaims = 300;
constexpr int kBacklog = 1'000'000;

telemetry::TelemetryConfig quiet() {
  telemetry::TelemetryConfig config;
  config.metrics = telemetry::metrics::kAll;
  telemetry::switch_off(config);
  return config;
}

double quantile(std::vector<double> values, double q) {
  std::ranges::sort(values);
  return values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1))];
}

void print(const char* what, const std::vector<double>& rounds, const char* unit) {
  std::printf("  %-58s %9.2f / %9.2f / %9.2f %s\n", what, quantile(rounds, 0),
              quantile(rounds, 0.5), quantile(rounds, 1), unit);
  std::fflush(stdout);
}

/// When the handler last began.
class TimedHandler : public domain::JobHandler {
 public:
  domain::Result<void> run(const domain::Context&, domain::JobRun&) override {
    began_ = Clock::now().time_since_epoch().count();
    return {};
  }
  void reset() { began_ = 0; }
  Clock::time_point wait() const {
    while (began_ == 0) std::this_thread::sleep_for(100us);
    return Clock::time_point(Clock::duration(began_.load()));
  }

 private:
  std::atomic<Clock::rep> began_{0};
};

class QueueBench {
 public:
  QueueBench() { static_cast<void>(storage::Migrator(conninfo_).up()); }

  std::string query(const std::string& sql) const {
    return postgres_.query(sql, conninfo_.substr(conninfo_.rfind('=') + 1));
  }
  void empty() const {
    query("TRUNCATE jobs");
    query("VACUUM ANALYZE jobs");
  }
  const std::string& conninfo() const { return conninfo_; }
  net::EventLoop& loop() { return runtime_.loop(0); }
  domain::JobStore& store() { return store_; }
  telemetry::Telemetry& telemetry() { return telemetry_; }
  storage::DatabaseOptions options() const { return {.conninfo = conninfo_}; }

  static domain::Context context() {
    domain::Context context;
    context.deadline = Clock::now() + 30s;
    return context;
  }
  void on_fiber(const std::function<void()>& body) { net::run_on_fiber(runtime_, 0, body); }
  void enqueue(std::string_view kind) {
    const auto id = queue_.enqueue(context(), {.kind = kind, .payload = "{}"});
    if (!id) std::fprintf(stderr, "enqueue: %s\n", id.error().detail.c_str());
  }
  /// Each in a transaction of its own, from fibers that each wait for their commit.
  void enqueue_all(int count, std::string_view kind) {
    std::atomic<int> left{count};
    std::latch done(kEnqueuers);
    for (int i = 0; i < kEnqueuers; ++i) {
      loop().post([&] {
        loop().spawn([&] {
          while (left.fetch_sub(1) > 0) enqueue(kind);
          done.count_down();
        });
      });
    }
    done.wait();
  }
  void fill(int count, const std::string& state, const std::string& run_at) const {
    query(
        "INSERT INTO jobs (id, kind, lane, priority, state, payload, payload_version, run_at, "
        "attempts_max, lease_seconds, correlation_id, traceparent, enqueued_at) "
        "SELECT gen_random_uuid(), 'bench.timed', 'high', 0, '" +
        state + "', '{}', 1, " + run_at + ", 10, 30, '', '', now() FROM generate_series(1, " +
        std::to_string(count) + ")");
    query("VACUUM ANALYZE jobs");
  }

 private:
  storage::testing::PostgresServer postgres_{
      "-c fsync=on -c synchronous_commit=on -c full_page_writes=on -c autovacuum=on "
      "-c shared_buffers=256MB"};
  const std::string conninfo_ = postgres_.create_database();
  telemetry::SystemClock clock_;
  telemetry::Telemetry telemetry_{quiet(), clock_};
  net::Runtime runtime_{{.reactor_count = 1, .name = "bench"}};
  storage::Database database_{{runtime_.loop(0)},
                              {.conninfo = conninfo_, .leased_connections = kEnqueuers},
                              telemetry_.metrics(),
                              telemetry_.log()};
  storage::testing::RandomIds ids_;
  storage::PgJobQueue queue_{database_, ids_, telemetry_.metrics()};
  storage::PgJobStore store_{database_};
};

/// From the first enqueue to the last job's end, with workers in processes of their own.
double jobs_per_second(QueueBench& bench, int jobs) {
  bench.empty();
  std::vector<std::unique_ptr<testing::WorkerProcess>> workers;
  for (int i = 0; i < kWorkers; ++i) {
    workers.push_back(std::make_unique<testing::WorkerProcess>(
        bench.conninfo(), std::map<std::string, std::string>{{"CONCURRENCY", "32"}}));
  }
  const std::string listening =
      "SELECT count(*) FROM pg_stat_activity WHERE query IN ('LISTEN jobs', 'SELECT 1') AND "
      "state = 'idle'";
  while (std::stoi(bench.query(listening)) < kWorkers) std::this_thread::sleep_for(10ms);
  const auto began = Clock::now();
  bench.enqueue_all(jobs, "bench.empty");
  while (bench.query("SELECT count(*) FROM jobs") != "0") std::this_thread::sleep_for(5ms);
  return jobs / std::chrono::duration<double>(Clock::now() - began).count();
}

/// From before the enqueue, whose commit is thereby included, to the handler's first line.
std::vector<double> pick_ups(QueueBench& bench) {
  TimedHandler handler;
  Handlers handlers;
  handlers.add("bench.timed", handler, 10s);
  JobMetrics metrics(bench.telemetry().metrics(), handlers.kinds());
  Worker worker({{bench.loop()},
                 bench.store(),
                 handlers,
                 {bench.telemetry().tracer(), bench.telemetry().log(), metrics}},
                {.name = "bench", .lanes = {{domain::JobLane::kHigh, 4}}});
  worker.start();
  std::vector<double> times;
  {
    storage::JobListener listener(bench.loop(), bench.options(),
                                  [&](std::optional<domain::JobLane>) { worker.wake_all(); });
    for (int i = 0; i < kPickUps + 20; ++i) {
      handler.reset();
      const auto began = Clock::now();
      bench.on_fiber([&] { bench.enqueue("bench.timed"); });
      const auto ended = handler.wait();
      if (i >= 20) times.push_back(Milliseconds(ended - began).count());  // after it has warmed up
      std::this_thread::sleep_for(2ms);
    }
  }
  worker.stop(Clock::now() + 5s);
  return times;
}

/// The claim of one job out of what waits; it is finished before the next one.
std::vector<double> claims(QueueBench& bench) {
  const std::vector<std::string> kinds{"bench.timed"};
  std::vector<double> times;
  bench.on_fiber([&] {
    for (int i = 0; i < kClaims + 20; ++i) {
      const auto began = Clock::now();
      const auto claimed =
          bench.store().claim(QueueBench::context(), {.kinds = kinds, .worker = "bench"});
      if (i >= 20) times.push_back(Milliseconds(Clock::now() - began).count());
      if (!claimed || claimed->empty()) return;
      static_cast<void>(bench.store().finish(QueueBench::context(), {&claimed->front().key, 1}));
    }
  });
  return times;
}

struct Rounds {
  std::vector<double> rate, pick_up_50, pick_up_99, pick_up_full_50, pick_up_full_99, claim_few,
      claim_many, claim_ratio, pick_up_ratio;
};

void measure(QueueBench& bench, int jobs, Rounds& rounds) {
  rounds.rate.push_back(jobs_per_second(bench, jobs));

  bench.empty();
  const auto idle = pick_ups(bench);
  rounds.pick_up_50.push_back(quantile(idle, 0.5));
  rounds.pick_up_99.push_back(quantile(idle, 0.99));

  bench.empty();
  bench.fill(1000, "ready", "now()");
  const auto few = claims(bench);
  bench.empty();
  bench.fill(kBacklog, "ready", "now()");
  const auto many = claims(bench);
  rounds.claim_few.push_back(quantile(few, 0.5));
  rounds.claim_many.push_back(quantile(many, 0.5));
  rounds.claim_ratio.push_back(quantile(many, 0.5) / quantile(few, 0.5));

  bench.empty();
  bench.fill(kBacklog, "scheduled", "now() + interval '1 day'");
  const auto full = pick_ups(bench);
  rounds.pick_up_full_50.push_back(quantile(full, 0.5));
  rounds.pick_up_full_99.push_back(quantile(full, 0.99));
  rounds.pick_up_ratio.push_back(quantile(full, 0.5) / quantile(idle, 0.5));
}

void report(const Rounds& rounds) {
  print("enqueue to done, 4 workers (goal 2,000)", rounds.rate, "jobs/s");
  print("pick-up of an idle queue, p50", rounds.pick_up_50, "ms");
  print("pick-up of an idle queue, p99 (goal 50)", rounds.pick_up_99, "ms");
  print("claim, 1,000 ready, p50", rounds.claim_few, "ms");
  print("claim, 1,000,000 ready, p50", rounds.claim_many, "ms");
  print("ratio (goal 1.5)", rounds.claim_ratio, "");
  print("pick-up, 1,000,000 of the future, p50", rounds.pick_up_full_50, "ms");
  print("pick-up, 1,000,000 of the future, p99", rounds.pick_up_full_99, "ms");
  print("ratio of the p50 to the idle queue's (goal 1.5)", rounds.pick_up_ratio, "");
}

}  // namespace
}  // namespace vigie::jobs

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 5;
  const int jobs = argc > 2 ? std::atoi(argv[2]) : 20'000;
  vigie::jobs::QueueBench bench;
  vigie::jobs::Rounds results;
  std::printf("queue: %d rounds of %d jobs; minimum / median / maximum\n", rounds, jobs);
  for (int round = 0; round < rounds; ++round) vigie::jobs::measure(bench, jobs, results);
  vigie::jobs::report(results);
  return EXIT_SUCCESS;
}
