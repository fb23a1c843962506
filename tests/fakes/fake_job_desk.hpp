#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "server/domain/job_desk.hpp"
#include "tests/fakes/fake_id_source.hpp"
#include "tests/fakes/fault_switch.hpp"

namespace vigie::fakes {

/// A queue in memory as operators see it. Thread-safe.
class FakeJobDesk : public domain::JobDesk, public FaultSwitch {
 public:
  domain::JobId add(const std::string& kind, domain::JobState state) {
    const std::lock_guard lock(mutex_);
    const domain::JobId id{ids_.next()};
    records_.push_back(
        {.job = {.id = id, .kind = kind, .lane = domain::JobLane::kLow}, .state = state});
    return id;
  }
  /// From now on a change of that job fails, as when its unique key is taken or the queue is away.
  void refuse(domain::JobId id, domain::Error error) {
    const std::lock_guard lock(mutex_);
    refused_[id.to_string()] = std::move(error);
  }
  /// What `list` was asked for last.
  domain::JobFilter last_filter() const {
    const std::lock_guard lock(mutex_);
    return last_filter_;
  }

  domain::Result<std::vector<domain::JobRecord>> list(const domain::Context& context,
                                                      const domain::JobFilter& filter) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    last_filter_ = filter;
    std::vector<domain::JobRecord> found;
    for (auto record = records_.rbegin(); record != records_.rend(); ++record) {
      const bool is_meant = (!filter.state || record->state == *filter.state) &&
                            (!filter.lane || record->job.lane == *filter.lane) &&
                            (filter.kind.empty() || record->job.kind == filter.kind);
      if (is_meant && found.size() < filter.limit) found.push_back(*record);
    }
    return found;
  }
  domain::Result<std::optional<domain::JobRecord>> find(const domain::Context& context,
                                                        domain::JobId id) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    const auto record = place_of(id);
    return record == records_.end() ? std::nullopt : std::optional(*record);
  }
  domain::Result<domain::JobRecord> release(const domain::Context& context,
                                            domain::JobId id) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    if (auto error = refusal(id)) return *error;
    const auto record = place_of(id);
    record->state = domain::JobState::kReady;
    return *record;
  }
  domain::Result<domain::JobRecord> discard(const domain::Context& context,
                                            domain::JobId id) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    if (auto error = refusal(id)) return *error;
    const auto record = place_of(id);
    domain::JobRecord gone = *record;
    records_.erase(record);
    return gone;
  }
  domain::Result<std::vector<domain::JobCount>> counts(const domain::Context& context) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    std::vector<domain::JobCount> counts;
    for (const domain::JobRecord& record : records_) {
      counts.push_back({.lane = record.job.lane, .state = record.state, .count = 1});
    }
    return counts;
  }

 private:
  // The lock is held.
  std::vector<domain::JobRecord>::iterator place_of(domain::JobId id) {
    return std::find_if(records_.begin(), records_.end(),
                        [id](const domain::JobRecord& record) { return record.job.id == id; });
  }
  std::optional<domain::Error> refusal(domain::JobId id) {
    const auto refused = refused_.find(id.to_string());
    if (refused != refused_.end()) return refused->second;
    const auto record = place_of(id);
    if (record == records_.end()) {
      return domain::Error{.code = domain::Code::kNotFound, .message = "No such job."};
    }
    if (record->state != domain::JobState::kRunning) return std::nullopt;
    return domain::Error{.code = domain::Code::kStatusChangeNotAllowed,
                         .message = "The job is running."};
  }

  mutable std::mutex mutex_;
  FakeIdSource ids_;
  std::vector<domain::JobRecord> records_;        // guarded by mutex_; the last is the newest
  std::map<std::string, domain::Error> refused_;  // guarded by mutex_; by id
  domain::JobFilter last_filter_;                 // guarded by mutex_
};

}  // namespace vigie::fakes
