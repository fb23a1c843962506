#include "server/app/processors.hpp"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace vigie::app {
namespace {

namespace fs = std::filesystem;

std::optional<double> smaller(std::optional<double> one, std::optional<double> other) {
  if (one && other) return std::min(*one, *other);
  return one ? one : other;
}

std::optional<double> ratio_of(const std::string& quota, double period) {
  try {
    const double value = std::stod(quota);  // "max" is no number, -1 no bound
    if (value > 0 && period > 0) return value / period;
  } catch (const std::logic_error&) {
  }
  return std::nullopt;
}

std::optional<double> quota_in_v2(const fs::path& group) {
  std::ifstream file(group / "cpu.max");
  std::string quota;
  double period = 0;
  if (!(file >> quota >> period)) return std::nullopt;
  return ratio_of(quota, period);
}

std::optional<double> quota_in_v1(const fs::path& group) {
  std::ifstream quota_file(group / "cpu.cfs_quota_us");
  std::ifstream period_file(group / "cpu.cfs_period_us");
  std::string quota;
  double period = 0;
  if (!(quota_file >> quota) || !(period_file >> period)) return std::nullopt;
  return ratio_of(quota, period);
}

/// The smallest of the group `path` below `mount` and of all above it. What a container cannot see
/// of its path is left out.
template <typename Read>
std::optional<double> smallest(const fs::path& mount, const fs::path& path, Read read) {
  std::optional<double> found = read(mount);
  fs::path group = mount;
  for (const fs::path& part : path.relative_path()) {
    group /= part;
    found = smaller(found, read(group));
  }
  return found;
}

bool has_cpu(std::string_view controllers) {
  while (!controllers.empty()) {
    const std::size_t comma = controllers.find(',');
    if (controllers.substr(0, comma) == "cpu") return true;
    if (comma == std::string_view::npos) return false;
    controllers.remove_prefix(comma + 1);
  }
  return false;
}

std::size_t processors_to_run_on() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0) {
    return static_cast<std::size_t>(CPU_COUNT(&set));
  }
  return std::thread::hardware_concurrency();  // more of them than the set has places
}

}  // namespace

std::optional<double> cpu_quota(const CgroupFiles& files) {
  std::optional<double> found;
  std::ifstream membership(files.membership);
  // "hierarchy:controllers:path"; version 2 is hierarchy 0, without controllers.
  for (std::string line; std::getline(membership, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const fs::path path = line.substr(second + 1);
    if (controllers.empty()) {
      found = smaller(found, smallest(files.mount, path, quota_in_v2));
    } else if (has_cpu(controllers)) {
      found = smaller(found, smallest(files.mount / controllers, path, quota_in_v1));
      found = smaller(found, smallest(files.mount / "cpu", path, quota_in_v1));
    }
  }
  return found;
}

std::size_t usable_processors(const CgroupFiles& files) {
  std::size_t count = processors_to_run_on();
  if (const auto quota = cpu_quota(files)) {
    count = std::min(count, static_cast<std::size_t>(std::ceil(*quota)));
  }
  return std::max<std::size_t>(count, 1);
}

}  // namespace vigie::app
