#pragma once

#include <array>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "server/domain/job.hpp"
#include "server/storage/database.hpp"

namespace vigie::storage {

/// Tells the workers (NOTIFY) that jobs were committed. Not in the transactions of the jobs:
/// PostgreSQL has those that notify commit one after the other, to the disk. Who rings while others
/// are being told is told of with the next ones. What is lost here, the workers' poll finds.
/// Thread-safe.
class JobBell {
 public:
  explicit JobBell(Database& database) : database_(database) {}
  JobBell(const JobBell&) = delete;
  JobBell& operator=(const JobBell&) = delete;
  /// Waits until what was rung is told. On no reactor.
  ~JobBell();

  /// After the commit, on a reactor; does not wait.
  void ring(domain::JobLane lane);

 private:
  void tell();
  /// What is to be told, which then is no more. Without any, telling has ended.
  std::vector<std::string> take();

  Database& database_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::array<bool, domain::kJobLaneNames.size()> rung_{};  // guarded by mutex_
  bool is_telling_ = false;                                // guarded by mutex_
};

}  // namespace vigie::storage
