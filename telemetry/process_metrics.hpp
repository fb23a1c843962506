#pragma once

#include <cstdint>

namespace vigie::telemetry {

class Metrics;

/// Keeps the process_* metrics current, from /proc, at each scrape.
void collect_process_metrics(Metrics& metrics);

/// What /proc/self says; fields that cannot be read are 0.
struct ProcessFacts {
  double start_time_seconds = 0;
  double cpu_seconds = 0;
  double resident_memory_bytes = 0;
  double virtual_memory_bytes = 0;
  double threads = 0;
  double open_fds = 0;
  double max_fds = 0;
};

ProcessFacts read_process_facts();

}  // namespace vigie::telemetry
