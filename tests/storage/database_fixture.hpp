#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "server/domain/context.hpp"
#include "server/net/runtime.hpp"
#include "server/storage/database.hpp"
#include "server/storage/migration.hpp"
#include "tests/fakes/captured_telemetry.hpp"
#include "tests/storage/postgres_server.hpp"

namespace vigie::storage::testing {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// True once `condition` holds; false when it still does not after `patience`.
inline bool eventually(const std::function<bool()>& condition,
                       std::chrono::milliseconds patience = 10s) {
  const auto deadline = Clock::now() + patience;
  while (!condition()) {
    if (Clock::now() > deadline) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

/// A context whose deadline is so far away.
inline domain::Context within(std::chrono::milliseconds time) {
  domain::Context context;
  context.deadline = Clock::now() + time;
  return context;
}

/// Reactors with a database on them, connected to `conninfo`.
class Harness {
 public:
  explicit Harness(DatabaseOptions options, std::size_t reactors = 1)
      : runtime_({.reactor_count = reactors,
                  .fiber_stack_bytes = std::size_t{256} * 1024,
                  .name = "test"}) {
    std::vector<std::reference_wrapper<net::EventLoop>> loops;
    for (std::size_t i = 0; i < runtime_.size(); ++i) loops.emplace_back(runtime_.loop(i));
    database_ = std::make_unique<Database>(std::move(loops), std::move(options), telemetry_.metrics,
                                           telemetry_.log);
    EXPECT_TRUE(eventually([this] { return database_->is_up(); }));
  }
  ~Harness() {
    database_.reset();
    EXPECT_EQ(runtime_.uncaught_exceptions(), 0U);
  }
  Harness(const Harness&) = delete;
  Harness& operator=(const Harness&) = delete;

  Database& database() { return *database_; }
  net::Runtime& runtime() { return runtime_; }
  fakes::CapturedTelemetry& telemetry() { return telemetry_; }
  /// Runs `body` on a fiber and waits for its end.
  void run(std::function<void()> body, std::size_t loop = 0) {
    net::run_on_fiber(runtime_, loop, std::move(body));
  }
  /// Runs `body(0)` … `body(count - 1)` at once, each on a fiber, spread over the loops, and waits
  /// for all of them.
  void run_all(std::size_t count, const std::function<void(std::size_t)>& body) {
    std::latch done(static_cast<std::ptrdiff_t>(count));
    for (std::size_t i = 0; i < count; ++i) {
      net::EventLoop& loop = runtime_.loop(i % runtime_.size());
      loop.post([&, i] {
        const bool is_started = loop.spawn([&, i] {
          body(i);
          done.count_down();
        });
        EXPECT_TRUE(is_started);
        if (!is_started) done.count_down();
      });
    }
    done.wait();
  }

 private:
  fakes::CapturedTelemetry telemetry_;
  net::Runtime runtime_;
  std::unique_ptr<Database> database_;
};

/// The connection string of a database with the schema, made once for the binary. Tests share it
/// and must not mind each other's rows.
inline const std::string& migrated_database() {
  static const std::string conninfo = [] {
    std::string made = shared_postgres().create_database();
    const auto run = Migrator(made).up();
    EXPECT_TRUE(run.ok()) << (run ? "" : run.error().detail);
    return made;
  }();
  return conninfo;
}

/// A test with a database of its own reactors.
class DatabaseTest : public ::testing::Test {
 protected:
  static DatabaseOptions options() { return {.conninfo = migrated_database()}; }
  /// What `psql` says to it.
  static std::string query(const std::string& sql) {
    const std::string& conninfo = migrated_database();
    return shared_postgres().query(sql, conninfo.substr(conninfo.rfind('=') + 1));
  }
};

/// Any statement, planned at each call. `sql` is a literal.
constexpr Query diagnostic(std::string_view sql, Lane lane = Lane::kShared, bool is_read = true) {
  return {.sql = sql, .operation = "SELECT", .lane = lane, .is_read = is_read};
}

}  // namespace vigie::storage::testing
