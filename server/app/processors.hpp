#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>

namespace vigie::app {

/// Where Linux tells of the control groups of a process.
struct CgroupFiles {
  std::filesystem::path mount = "/sys/fs/cgroup";
  std::filesystem::path membership = "/proc/self/cgroup";
};

/// Processors' worth of time that the control group and those above it allow: cpu.max of version 2,
/// cpu.cfs_quota_us of version 1. Nothing: no bound, or none that can be read.
std::optional<double> cpu_quota(const CgroupFiles& files = {});

/// Processors that this process may use: those it may run on (sched_setaffinity, a cpuset), and no
/// more than its quota pays for, rounded up. At least one.
std::size_t usable_processors(const CgroupFiles& files = {});

}  // namespace vigie::app
