#pragma once

#include <vector>

#include "server/domain/job_store.hpp"
#include "server/net/waiting.hpp"

namespace vigie::jobs {

/// Ends runs as done, together: those that come while a statement is on its way go with the next
/// one, so that many short jobs share a commit. For one loop, used on its fibers.
class Finisher {
 public:
  Finisher(net::EventLoop& loop, domain::JobStore& store) : loop_(loop), store_(store) {}
  Finisher(const Finisher&) = delete;
  Finisher& operator=(const Finisher&) = delete;

  /// What became of the run. kNotFound: the job is not there any more; kVersionMismatch: lost.
  domain::Result<void> finish(const domain::JobRunKey& key, net::TimePoint deadline);

 private:
  struct Entry {
    domain::JobRunKey key;
    net::TimePoint deadline;
    net::Parking parking;
    domain::Result<void> result;
    bool is_settled = false;
  };

  void work();
  void finish_all(const std::vector<Entry*>& batch);

  net::EventLoop& loop_;
  domain::JobStore& store_;
  std::vector<Entry*> waiting_;
  bool is_working_ = false;
};

}  // namespace vigie::jobs
