#include "telemetry/pipeline/background_thread.hpp"

#include <pthread.h>

#include <csignal>
#include <utility>

namespace vigie::telemetry {

std::jthread start_background_thread(const char* name, std::function<void()> body) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::jthread thread(std::move(body));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_setname_np(thread.native_handle(), name);
  return thread;
}

}  // namespace vigie::telemetry
