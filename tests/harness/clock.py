"""A wrong clock for one process: the time of day as the kernel tells it, and some seconds (CLOCK_AHEAD_S)."""

import contextlib
import os
import pathlib
import subprocess
from collections.abc import Iterator

SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t clock, struct timespec* now) {
  static int (*kernels)(clockid_t, struct timespec*);
  if (!kernels) kernels = (int (*)(clockid_t, struct timespec*))dlsym(RTLD_NEXT, "clock_gettime");
  const int result = kernels(clock, now);
  const char* ahead = getenv("CLOCK_AHEAD_S");
  if (clock == CLOCK_REALTIME && ahead) now->tv_sec += atol(ahead);
  return result;
}

time_t time(time_t* at) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (at != NULL) *at = now.tv_sec;
  return now.tv_sec;
}
"""


def library(directory: pathlib.Path) -> pathlib.Path:
    """For LD_PRELOAD. Steady clocks go on as they are."""
    built = directory / "clock_ahead.so"
    if not built.exists():
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-x", "c", "-", "-o", str(built), "-ldl"], input=SOURCE, text=True, check=True,
                       capture_output=True)
    return built


@contextlib.contextmanager
def at_another_time(directory: pathlib.Path, ahead_s: int) -> Iterator[None]:
    """Programs that are started in this block believe it."""
    told = {"LD_PRELOAD": str(library(directory)), "CLOCK_AHEAD_S": str(ahead_s)}
    os.environ.update(told)
    try:
        yield
    finally:
        for name in told:
            del os.environ[name]
