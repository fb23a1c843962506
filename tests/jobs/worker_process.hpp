#pragma once

#include <sys/types.h>

#include <map>
#include <string>

namespace vigie::jobs::testing {

/// A worker in a process of its own (worker_program.cpp), to be killed. It dies with its parent.
class WorkerProcess {
 public:
  /// `settings` are environment variables.
  WorkerProcess(const std::string& conninfo, std::map<std::string, std::string> settings = {});
  /// Kills it, if it runs.
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  /// SIGKILL, and waits for its end.
  void kill();
  /// SIGTERM.
  void terminate() const;
  /// Waits for its end; the signal that ended it, or 0 for an exit with 0, else -1.
  int wait();

 private:
  pid_t pid_ = -1;
};

}  // namespace vigie::jobs::testing
