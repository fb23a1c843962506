#pragma once

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "server/domain/password_reset.hpp"
#include "tests/fakes/fault_switch.hpp"

namespace vigie::fakes {

/// Keeps what it was to bring. Thread-safe.
class FakeResetCourier : public domain::ResetCourier, public FaultSwitch {
 public:
  struct Sent {
    std::string email;
    std::string token;
  };

  bool is_able() const noexcept override { return is_able_; }
  domain::Result<void> send(const domain::Context& context, const domain::Account& account,
                            std::string_view token) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    sent_.push_back({account.email, std::string(token)});
    return {};
  }

  /// For tests: it has no way from now on. Before it is shared.
  void be_unable() { is_able_ = false; }
  std::vector<Sent> sent() const {
    const std::lock_guard lock(mutex_);
    return sent_;
  }

 private:
  bool is_able_ = true;
  mutable std::mutex mutex_;
  std::vector<Sent> sent_;  // guarded by mutex_
};

}  // namespace vigie::fakes
