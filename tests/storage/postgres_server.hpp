#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace vigie::storage::testing {

/// A private PostgreSQL for tests: a cluster in a temporary directory, reached over a unix socket
/// only, run by an unprivileged user, without durability. The server dies with the thread that
/// started it, even when that crashes. Throws std::runtime_error when something cannot be done.
class PostgresServer {
 public:
  /// Makes the cluster and starts it. `settings` are arguments of postgres, such as
  /// "-c max_connections=20".
  explicit PostgresServer(std::string_view settings = "");
  /// Stops it and removes the cluster.
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  /// The superuser's connection string.
  std::string conninfo(std::string_view database = "postgres") const;
  /// Makes a database of a new name and returns its connection string.
  std::string create_database();
  /// Runs SQL and returns the first field of its first row; empty when there is none.
  std::string query(std::string_view sql, std::string_view database = "postgres") const;

  /// Starts it, and returns when it takes connections.
  void start();
  /// A crash, as far as clients can tell.
  void stop_at_once();
  /// All processes of the server stand still, with their sockets open, until `thaw`.
  void freeze();
  void thaw();
  bool is_running() const noexcept { return pid_ > 0; }

 private:
  void make_cluster();
  void signal_all(int signal) const;
  void wait_until_ready();

  std::string directory_;
  std::string settings_;
  pid_t pid_ = -1;
  int databases_ = 0;
};

/// The one server of this test binary, made when first asked for and stopped after the last test.
PostgresServer& shared_postgres();

}  // namespace vigie::storage::testing
