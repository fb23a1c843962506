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
  void account_created(const domain::Context&, const domain::Account& account) noexcept override {
    const std::lock_guard lock(mutex_);
    accounts_.push_back(account);
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
  std::vector<domain::Account> accounts() const {
    const std::lock_guard lock(mutex_);
    return accounts_;
  }
  std::vector<std::pair<domain::SignIn, domain::SignInOutcome>> sign_ins() const {
    const std::lock_guard lock(mutex_);
    return sign_ins_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Changed> changes_;                                            // guarded by mutex_
  std::vector<domain::Account> accounts_;                                   // guarded by mutex_
  std::vector<std::pair<domain::SignIn, domain::SignInOutcome>> sign_ins_;  // guarded by mutex_
};

}  // namespace vigie::fakes
