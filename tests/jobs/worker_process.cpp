#include "tests/jobs/worker_process.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace vigie::jobs::testing {

WorkerProcess::WorkerProcess(const std::string& conninfo,
                             std::map<std::string, std::string> settings)
    : pid_(::fork()) {
  if (pid_ < 0) throw std::runtime_error("fork failed");
  if (pid_ > 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (const auto& [name, value] : settings) ::setenv(name.c_str(), value.c_str(), 1);
  ::execl(VIGIE_WORKER_PROGRAM, VIGIE_WORKER_PROGRAM, conninfo.c_str(), nullptr);
  ::_exit(127);
}

WorkerProcess::~WorkerProcess() {
  if (pid_ > 0) kill();
}

void WorkerProcess::kill() {
  ::kill(pid_, SIGKILL);
  wait();
}

void WorkerProcess::terminate() const { ::kill(pid_, SIGTERM); }

int WorkerProcess::wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  if (WIFSIGNALED(status)) return WTERMSIG(status);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

}  // namespace vigie::jobs::testing
