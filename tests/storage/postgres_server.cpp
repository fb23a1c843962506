#include "tests/storage/postgres_server.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

namespace vigie::storage::testing {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

const std::string kPrograms = "/usr/lib/postgresql/15/bin/";

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what); }

std::vector<std::string> words_of(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

/// PostgreSQL refuses to run as root; its package's user runs it then.
std::vector<std::string> as_unprivileged(std::vector<std::string> command) {
  std::vector<std::string> full{"setpriv", "--pdeathsig", "QUIT"};
  if (::geteuid() == 0) {
    const std::vector<std::string> user{"--reuid", "postgres", "--regid", "postgres",
                                        "--clear-groups"};
    full.insert(full.end(), user.begin(), user.end());
  }
  full.insert(full.end(), command.begin(), command.end());
  return full;
}

/// Starts the program with its output in `log`.
pid_t launch(const std::vector<std::string>& command, const std::string& log) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid < 0) fail("fork failed");
  if (pid > 0) return pid;
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  if (::chdir("/") != 0) ::_exit(126);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

std::string text_of(const std::string& file) {
  std::ifstream stream(file);
  // Unlike an iterator over the buffer, this does not throw when the file's process has just ended.
  std::string text;
  std::getline(stream, text, '\0');
  return text;
}

/// The parent's process id, the fourth field of /proc/…/stat, after the name in parentheses.
pid_t parent_of(const std::filesystem::path& process) {
  const std::string stat = text_of(process / "stat");
  const std::size_t end = stat.rfind(')');
  if (end == std::string::npos) return -1;
  std::istringstream fields(stat.substr(end + 1));
  char state = 0;
  pid_t parent = -1;
  fields >> state >> parent;
  return parent;
}

class StopAfterTests : public ::testing::Environment {
 public:
  void TearDown() override { server.reset(); }
  std::unique_ptr<PostgresServer> server;
};

}  // namespace

PostgresServer::PostgresServer(std::string_view settings) : settings_(settings) {
  std::string pattern = std::filesystem::temp_directory_path() / "vigie-pg-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) fail("mkdtemp failed");
  directory_ = pattern;
  try {
    make_cluster();
    start();
  } catch (...) {
    std::filesystem::remove_all(directory_);
    throw;
  }
}

PostgresServer::~PostgresServer() {
  if (is_running()) {
    signal_all(SIGCONT);
    stop_at_once();
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void PostgresServer::make_cluster() {
  if (::geteuid() == 0) {
    const passwd* user = ::getpwnam("postgres");
    if (user == nullptr) fail("there is no user postgres");
    if (::chown(directory_.c_str(), user->pw_uid, user->pw_gid) != 0) fail("chown failed");
  }
  const std::string log = directory_ + "/initdb.log";
  const pid_t pid = launch(
      as_unprivileged({kPrograms + "initdb", "-D", directory_ + "/data", "--no-sync", "-A", "trust",
                       "-U", "vigie", "-E", "UTF8", "--no-locale", "--no-instructions"}),
      log);
  if (wait_for(pid) != 0) fail("initdb failed: " + text_of(log));
}

void PostgresServer::start() {
  std::vector<std::string> command{kPrograms + "postgres", "-D", directory_ + "/data", "-k",
                                   directory_};
  for (const char* setting : {"listen_addresses=", "fsync=off", "synchronous_commit=off",
                              "full_page_writes=off", "max_connections=100", "shared_buffers=64MB",
                              "autovacuum=off", "log_min_messages=warning"}) {
    command.insert(command.end(), {"-c", setting});
  }
  for (const std::string& word : words_of(settings_)) command.push_back(word);
  pid_ = launch(as_unprivileged(command), directory_ + "/postgres.log");
  wait_until_ready();
}

void PostgresServer::wait_until_ready() {
  const auto deadline = Clock::now() + 30s;
  while (PQping(conninfo().c_str()) != PQPING_OK) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      fail("postgres ended: " + text_of(directory_ + "/postgres.log"));
    }
    if (Clock::now() > deadline) fail("postgres did not become ready");
    std::this_thread::sleep_for(5ms);
  }
}

void PostgresServer::stop_at_once() {
  ::kill(pid_, SIGQUIT);
  wait_for(pid_);
  pid_ = -1;
}

void PostgresServer::freeze() {
  // The postmaster first, so that it starts no more children.
  signal_all(SIGSTOP);
}

void PostgresServer::thaw() { signal_all(SIGCONT); }

void PostgresServer::signal_all(int signal) const {
  ::kill(pid_, signal);
  for (const auto& process : std::filesystem::directory_iterator("/proc")) {
    const std::string name = process.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (parent_of(process.path()) == pid_) ::kill(std::stoi(name), signal);
  }
}

std::string PostgresServer::conninfo(std::string_view database) const {
  return "host=" + directory_ + " user=vigie dbname=" + std::string(database);
}

std::string PostgresServer::create_database() {
  const std::string name = "test_" + std::to_string(++databases_);
  query("CREATE DATABASE " + name);
  return conninfo(name);
}

std::string PostgresServer::query(std::string_view sql, std::string_view database) const {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(
      PQconnectdb(conninfo(database).c_str()), &PQfinish);
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(
      PQexec(connection.get(), std::string(sql).c_str()), &PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    fail(std::string(sql) + ": " + PQerrorMessage(connection.get()));
  }
  return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

PostgresServer& shared_postgres() {
  // GoogleTest owns the environment, and tears it down after the last test, failed or not.
  static auto* const environment =
      dynamic_cast<StopAfterTests*>(::testing::AddGlobalTestEnvironment(new StopAfterTests));
  if (!environment->server) environment->server = std::make_unique<PostgresServer>();
  return *environment->server;
}

}  // namespace vigie::storage::testing
