#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/jobs/worker.hpp"
#include "server/storage/job_listener.hpp"
#include "server/storage/job_queue.hpp"
#include "server/storage/job_store.hpp"
#include "server/storage/units_of_work.hpp"
#include "tests/storage/database_fixture.hpp"
#include "tests/storage/random_ids.hpp"

namespace vigie::jobs::testing {

using namespace std::chrono_literals;
using storage::testing::eventually;
using storage::testing::within;
using Clock = std::chrono::steady_clock;

/// A handler that is a function.
class FunctionHandler : public domain::JobHandler {
 public:
  using Function = std::function<domain::Result<void>(const domain::Context&, domain::JobRun&)>;

  explicit FunctionHandler(Function function) : function_(std::move(function)) {}
  domain::Result<void> run(const domain::Context& context, domain::JobRun& run) override {
    return function_(context, run);
  }

 private:
  Function function_;
};

/// A fiber that waits for what another thread says. It looks, because waking is a matter of one
/// thread.
inline void wait_on_fiber(const std::function<bool()>& condition) {
  const auto deadline = Clock::now() + 20s;
  while (!condition() && Clock::now() < deadline) net::sleep_until(Clock::now() + 2ms);
}

/// Queue and workers on a database of their own.
class JobsTest : public ::testing::Test {
 protected:
  static storage::DatabaseOptions options_of(const std::string& conninfo) {
    return {.conninfo = conninfo, .leased_connections = 8};
  }
  static std::string new_database() {
    std::string made = storage::testing::shared_postgres().create_database();
    EXPECT_TRUE(storage::Migrator(made).up().ok());
    return made;
  }

  /// What a worker has given back runs on until the loops stop, with all that it uses.
  ~JobsTest() override {
    stop();
    harness_.runtime().stop();
  }

  void handle(std::string_view kind, FunctionHandler::Function function,
              std::chrono::milliseconds run_time_max = 20s) {
    owned_.push_back(std::make_unique<FunctionHandler>(std::move(function)));
    handlers_.add(kind, *owned_.back(), run_time_max);
  }
  static WorkerOptions quick() {
    return {.name = "test:1",
            .lanes = {{domain::JobLane::kHigh, 4}, {domain::JobLane::kLow, 2}},
            .poll_interval = 50ms,
            .backoff = {.first = 10ms, .max = 50ms}};
  }
  void start(WorkerOptions options = quick()) {
    metrics_ = std::make_unique<JobMetrics>(harness_.telemetry().metrics, handlers_.kinds());
    std::vector<std::reference_wrapper<net::EventLoop>> loops;
    for (std::size_t i = 0; i < harness_.runtime().size(); ++i) {
      loops.emplace_back(harness_.runtime().loop(i));
    }
    worker_ = std::make_unique<Worker>(
        Worker::Parts{std::move(loops),
                      store_,
                      handlers_,
                      {harness_.telemetry().tracer, harness_.telemetry().log, *metrics_}},
        std::move(options));
    worker_->start();
  }
  void listen() {
    listener_ =
        std::make_unique<storage::JobListener>(harness_.runtime().loop(0), options_of(conninfo_),
                                               [this](std::optional<domain::JobLane> lane) {
                                                 lane ? worker_->wake(*lane) : worker_->wake_all();
                                               });
  }
  bool stop(std::chrono::milliseconds patience = 10s) {
    listener_.reset();
    if (!worker_) return true;
    const bool is_idle = worker_->stop(Clock::now() + patience);
    worker_.reset();
    return is_idle;
  }

  domain::JobId enqueue(domain::NewJob job, std::string_view correlation_id = "cause") {
    if (job.payload.empty()) job.payload = "{}";
    std::optional<domain::JobId> id;
    harness_.run([&] {
      domain::Context context = within(5s);
      context.correlation_id = correlation_id;
      const auto enqueued = queue_.enqueue(context, job);
      EXPECT_TRUE(enqueued.ok());
      if (enqueued) id = *enqueued;
    });
    return id.value_or(domain::JobId{});
  }
  std::string query(const std::string& sql) const {
    return storage::testing::shared_postgres().query(sql,
                                                     conninfo_.substr(conninfo_.rfind('=') + 1));
  }
  std::string field(const domain::JobId& id, const std::string& column) const {
    return query("SELECT " + column + " FROM jobs WHERE id = '" + id.to_string() + "'");
  }
  std::string count() const { return query("SELECT count(*) FROM jobs"); }
  bool is_done(const domain::JobId& id) const { return field(id, "count(*)") == "0"; }
  std::vector<std::string> lines_with(const std::string& text) {
    std::vector<std::string> found;
    for (std::string& line : harness_.telemetry().log_lines()) {
      if (line.find(text) != std::string::npos) found.push_back(std::move(line));
    }
    return found;
  }

  const std::string conninfo_ = new_database();
  storage::testing::Harness harness_{options_of(conninfo_), 2};
  storage::testing::RandomIds ids_;
  storage::PgJobQueue queue_{harness_.database(), ids_, harness_.telemetry().metrics};
  storage::PgJobStore store_{harness_.database()};
  storage::PgUnitsOfWork units_{harness_.database()};
  Handlers handlers_;
  std::vector<std::unique_ptr<FunctionHandler>> owned_;
  std::unique_ptr<JobMetrics> metrics_;
  std::unique_ptr<Worker> worker_;
  std::unique_ptr<storage::JobListener> listener_;
};

}  // namespace vigie::jobs::testing
