#pragma once

#include <mutex>
#include <utility>
#include <vector>

#include "server/domain/observer.hpp"

namespace vigie::fakes {

/// Keeps every fact it is told. Thread-safe.
class RecordingObserver : public domain::Observer {
 public:
  struct Changed {
    domain::EventChange change;
    domain::Event event;
  };

  void event_changed(const domain::Context&, domain::EventChange change,
                     const domain::Event& event) noexcept override {
    const std::lock_guard lock(mutex_);
    changes_.push_back({change, event});
  }
  void media_changed(const domain::Context&, domain::MediaChange change,
                     const domain::Media& media) noexcept override {
    const std::lock_guard lock(mutex_);
    media_changes_.emplace_back(change, media.id);
  }
  void media_transferred(const domain::Context&, domain::MediaTransfer direction,
                         std::uint64_t bytes) noexcept override {
    const std::lock_guard lock(mutex_);
    (direction == domain::MediaTransfer::kSent ? bytes_sent_ : bytes_received_) += bytes;
  }
  void media_purge(const domain::Context&, domain::PurgeStep step,
                   domain::MediaId) noexcept override {
    const std::lock_guard lock(mutex_);
    purge_steps_.push_back(step);
  }
  void orphan_removed(const domain::Context&, domain::Orphan orphan,
                      const domain::BlobKey& key) noexcept override {
    const std::lock_guard lock(mutex_);
    orphans_.emplace_back(orphan, key);
  }
  void account_created(const domain::Context&, const domain::Account& account) noexcept override {
    const std::lock_guard lock(mutex_);
    accounts_.push_back(account);
  }
  void account_changed(const domain::Context&, domain::AccountChange change,
                       domain::AccountId) noexcept override {
    const std::lock_guard lock(mutex_);
    account_changes_.push_back(change);
  }
  void sign_in(const domain::Context&, domain::SignIn method,
               domain::SignInOutcome outcome) noexcept override {
    const std::lock_guard lock(mutex_);
    sign_ins_.emplace_back(method, outcome);
  }

  std::vector<Changed> changes() const {
    const std::lock_guard lock(mutex_);
    return changes_;
  }
  std::vector<domain::MediaChange> media_changes() const {
    const std::lock_guard lock(mutex_);
    std::vector<domain::MediaChange> changes;
    for (const auto& row : media_changes_) changes.push_back(row.first);
    return changes;
  }
  std::vector<domain::PurgeStep> purge_steps() const {
    const std::lock_guard lock(mutex_);
    return purge_steps_;
  }
  std::vector<std::pair<domain::Orphan, domain::BlobKey>> orphans() const {
    const std::lock_guard lock(mutex_);
    return orphans_;
  }
  std::uint64_t bytes_received() const {
    const std::lock_guard lock(mutex_);
    return bytes_received_;
  }
  std::uint64_t bytes_sent() const {
    const std::lock_guard lock(mutex_);
    return bytes_sent_;
  }
  std::vector<domain::Account> accounts() const {
    const std::lock_guard lock(mutex_);
    return accounts_;
  }
  std::vector<domain::AccountChange> account_changes() const {
    const std::lock_guard lock(mutex_);
    return account_changes_;
  }
  std::vector<std::pair<domain::SignIn, domain::SignInOutcome>> sign_ins() const {
    const std::lock_guard lock(mutex_);
    return sign_ins_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Changed> changes_;  // guarded by mutex_
  // guarded by mutex_
  std::vector<std::pair<domain::MediaChange, domain::MediaId>> media_changes_;
  std::vector<std::pair<domain::Orphan, domain::BlobKey>> orphans_;         // guarded by mutex_
  std::vector<domain::PurgeStep> purge_steps_;                              // guarded by mutex_
  std::uint64_t bytes_received_ = 0;                                        // guarded by mutex_
  std::uint64_t bytes_sent_ = 0;                                            // guarded by mutex_
  std::vector<domain::AccountChange> account_changes_;                      // guarded by mutex_
  std::vector<domain::Account> accounts_;                                   // guarded by mutex_
  std::vector<std::pair<domain::SignIn, domain::SignInOutcome>> sign_ins_;  // guarded by mutex_
};

}  // namespace vigie::fakes
