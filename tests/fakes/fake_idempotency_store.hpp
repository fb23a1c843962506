#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "server/domain/idempotency.hpp"
#include "tests/fakes/fake_unit_of_work.hpp"
#include "tests/fakes/fault_switch.hpp"

namespace vigie::fakes {

/// First answers in memory. Outlives its claims. Thread-safe.
class FakeIdempotencyStore : public domain::IdempotencyStore, public FaultSwitch {
 public:
  domain::Result<std::optional<domain::StoredAnswer>> find(const domain::Context& context,
                                                           std::string_view scope,
                                                           std::string_view key,
                                                           const domain::Fingerprint& fingerprint,
                                                           domain::Timestamp now) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(Name{scope, key});
    const bool is_answered =
        found != entries_.end() && found->second.answer && found->second.expires_at > now;
    if (!is_answered) return std::optional<domain::StoredAnswer>{};
    if (found->second.fingerprint != fingerprint) {
      return refusal(domain::Code::kIdempotencyKeyReused);
    }
    return found->second.answer;
  }

  domain::Result<Outcome> claim(const domain::Context& context, std::string_view scope,
                                std::string_view key, const domain::Fingerprint& fingerprint,
                                domain::Timestamp now) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    const Name name{scope, key};
    const auto found = entries_.find(name);
    const bool is_free =
        found == entries_.end() || (found->second.answer && found->second.expires_at <= now);
    if (is_free) {
      entries_.insert_or_assign(name, Entry{fingerprint, std::nullopt, {}});
      return Outcome{std::make_unique<FakeClaim>(*this, name)};
    }
    const Entry& entry = found->second;
    if (!entry.answer) return refusal(domain::Code::kIdempotencyKeyInFlight);
    if (entry.fingerprint != fingerprint) return refusal(domain::Code::kIdempotencyKeyReused);
    return Outcome{*entry.answer};
  }

  domain::Result<std::int64_t> remove_expired(const domain::Context& context, domain::Timestamp now,
                                              std::int64_t limit) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    std::int64_t removed = 0;
    for (auto it = entries_.begin(); it != entries_.end() && removed < limit;) {
      const bool is_expired = it->second.answer && it->second.expires_at <= now;
      it = is_expired ? entries_.erase(it) : std::next(it);
      removed += is_expired ? 1 : 0;
    }
    return removed;
  }

  /// For tests: keys that are held or answered.
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
  }

 private:
  using Name = std::pair<std::string, std::string>;
  struct Entry {
    domain::Fingerprint fingerprint;
    std::optional<domain::StoredAnswer> answer;  // none while the claim is held
    domain::Timestamp expires_at{};
  };

  class FakeClaim : public Claim {
   public:
    FakeClaim(FakeIdempotencyStore& store, Name name) : store_(store), name_(std::move(name)) {}
    FakeClaim(const FakeClaim&) = delete;
    FakeClaim& operator=(const FakeClaim&) = delete;
    ~FakeClaim() override {
      if (is_committed_) return;
      // The effect is taken back before the key is free, so that no other call sees it.
      (void)unit_.undo();
      store_.release(name_);
    }

    domain::UnitOfWork& unit_of_work() override { return unit_; }
    domain::Result<void> commit(const domain::StoredAnswer& answer,
                                domain::Timestamp expires_at) override {
      is_committed_ = true;
      store_.answer(name_, answer, expires_at);
      return unit_.commit();
    }

   private:
    FakeIdempotencyStore& store_;
    Name name_;
    FakeUnitOfWork unit_;
    bool is_committed_ = false;
  };

  static domain::Error refusal(domain::Code code) {
    return {.code = code, .message = std::string(domain::name_of(code))};
  }
  void release(const Name& name) {
    const std::lock_guard lock(mutex_);
    entries_.erase(name);
  }
  void answer(const Name& name, const domain::StoredAnswer& answer, domain::Timestamp expires_at) {
    const std::lock_guard lock(mutex_);
    Entry& entry = entries_.at(name);
    entry.answer = answer;
    entry.expires_at = expires_at;
  }

  mutable std::mutex mutex_;
  std::map<Name, Entry> entries_;  // guarded by mutex_
};

}  // namespace vigie::fakes
