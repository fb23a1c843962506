#include "telemetry/process_metrics.hpp"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/metrics.hpp"

namespace vigie::telemetry {
namespace {

// Places of proc_pid_stat(5), counted from the field behind the command's name, which is the third.
constexpr std::size_t kUserTime = 14 - 3;
constexpr std::size_t kSystemTime = 15 - 3;
constexpr std::size_t kThreads = 20 - 3;
constexpr std::size_t kStartTime = 22 - 3;
constexpr std::size_t kVirtualMemory = 23 - 3;
constexpr std::size_t kResidentPages = 24 - 3;

// The command's name may hold blanks and brackets: fields are counted behind its last bracket.
std::vector<double> read_stat() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t bracket = line.rfind(')');
  if (bracket == std::string::npos) return {};
  std::istringstream fields(line.substr(bracket + 1));
  std::string state;
  fields >> state;
  std::vector<double> values{0};
  for (double value = 0; fields >> value;) values.push_back(value);
  return values;
}

double boot_time_seconds() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("btime ")) return std::stod(line.substr(6));
  }
  return 0;
}

// Without the two entries for directories and the descriptor that reads.
double count_open_fds() {
  DIR* directory = opendir("/proc/self/fd");
  if (directory == nullptr) return 0;
  int count = -3;
  while (readdir(directory) != nullptr) ++count;
  closedir(directory);
  return count;
}

}  // namespace

ProcessFacts read_process_facts() {
  ProcessFacts facts;
  const std::vector<double> stat = read_stat();
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  if (stat.size() > kResidentPages) {
    facts.cpu_seconds = (stat[kUserTime] + stat[kSystemTime]) / ticks;
    facts.threads = stat[kThreads];
    facts.virtual_memory_bytes = stat[kVirtualMemory];
    facts.resident_memory_bytes = stat[kResidentPages] * static_cast<double>(sysconf(_SC_PAGESIZE));
    facts.start_time_seconds = boot_time_seconds() + stat[kStartTime] / ticks;
  }
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) facts.max_fds = static_cast<double>(limit.rlim_cur);
  facts.open_fds = count_open_fds();
  return facts;
}

void collect_process_metrics(Metrics& metrics) {
  Counter& cpu = metrics.counter(metrics::kProcessCpu);
  Gauge& start = metrics.gauge(metrics::kProcessStartTime);
  Gauge& resident = metrics.gauge(metrics::kProcessResidentMemory);
  Gauge& memory = metrics.gauge(metrics::kProcessVirtualMemory);
  Gauge& threads = metrics.gauge(metrics::kProcessThreads);
  Gauge& open_fds = metrics.gauge(metrics::kProcessOpenFds);
  Gauge& max_fds = metrics.gauge(metrics::kProcessMaxFds);
  metrics.collect_with([&cpu, &start, &resident, &memory, &threads, &open_fds, &max_fds] {
    const ProcessFacts facts = read_process_facts();
    cpu.set_total(facts.cpu_seconds);
    start.set(facts.start_time_seconds);
    resident.set(facts.resident_memory_bytes);
    memory.set(facts.virtual_memory_bytes);
    threads.set(facts.threads);
    open_fds.set(facts.open_fds);
    max_fds.set(facts.max_fds);
  });
}

}  // namespace vigie::telemetry
