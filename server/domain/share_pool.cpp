#include "server/domain/share_pool.hpp"

#include <algorithm>
#include <functional>
#include <string>

namespace vigie::domain {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

Error full(std::string_view name) {
  return {.code = Code::kOverloaded, .detail = "pool " + std::string(name) + " is full"};
}

}  // namespace

Error share_exceeded(std::string_view name) {
  return {.code = Code::kShareExceeded,
          .message = "You hold your share of " + std::string(name) +
                     "; try again when one of your requests has ended."};
}

SharePool::Place& SharePool::Place::operator=(Place&& other) noexcept {
  if (this == &other) return *this;
  release();
  pool_ = std::exchange(other.pool_, nullptr);
  caller_ = other.caller_;
  return *this;
}

void SharePool::Place::release() noexcept {
  if (pool_ != nullptr) std::exchange(pool_, nullptr)->release(caller_);
}

Result<SharePool::Place> SharePool::take(const Caller& caller) {
  ShareRefusal refusal{};
  if (Place place = try_take(caller, refusal)) return place;
  return refusal == ShareRefusal::kFull ? full(name_) : share_exceeded(name_);
}

SharePool::Place SharePool::try_take(const Caller& caller, ShareRefusal& refusal) {
  if (held_.fetch_add(1, kRelaxed) >= limits_.places) return refuse(ShareRefusal::kFull, refusal);
  if (caller.address && !add(*caller.address, limits_.per_address)) {
    return refuse(ShareRefusal::kAddress, refusal);
  }
  if (caller.account && !add(*caller.account, limits_.per_account)) {
    if (caller.address) subtract(*caller.address);
    return refuse(ShareRefusal::kAccount, refusal);
  }
  return {*this, caller};
}

SharePool::Place SharePool::refuse(ShareRefusal why, ShareRefusal& told) noexcept {
  held_.fetch_sub(1, kRelaxed);
  refused_[static_cast<std::size_t>(why)].fetch_add(1, kRelaxed);
  told = why;
  return {};
}

void SharePool::count_refusal(const Caller& caller) noexcept {
  const bool is_of_account = caller.account && held_by(*caller.account) >= limits_.per_account;
  const auto why = is_of_account ? ShareRefusal::kAccount : ShareRefusal::kAddress;
  refused_[static_cast<std::size_t>(why)].fetch_add(1, kRelaxed);
}

std::size_t SharePool::held_by(const Caller& caller) const {
  const std::size_t of_address = caller.address ? held_by(*caller.address) : 0;
  const std::size_t of_account = caller.account ? held_by(*caller.account) : 0;
  return std::max(of_address, of_account);
}

bool SharePool::is_refused(const Caller& caller) const {
  if (held_.load(kRelaxed) >= limits_.places) return true;
  if (caller.address && held_by(*caller.address) >= limits_.per_address) return true;
  return caller.account && held_by(*caller.account) >= limits_.per_account;
}

SharePool::Load SharePool::load() const {
  Load load{.held = held_.load(kRelaxed)};
  for (std::size_t why = 0; why < refused_.size(); ++why) {
    load.refused[why] = refused_[why].load(kRelaxed);
  }
  for (const Stripe& stripe : stripes_) {
    const std::lock_guard lock(stripe.mutex);
    for (const auto& [key, held] : stripe.held) {
      if (!key.is_account()) load.largest_of_address = std::max(load.largest_of_address, held);
    }
  }
  return load;
}

bool SharePool::add(const CallerKey& key, std::size_t most) {
  Stripe& stripe = stripe_of(key);
  const std::lock_guard lock(stripe.mutex);
  const auto found = stripe.held.find(key);
  const std::size_t held = found == stripe.held.end() ? 0 : found->second;
  if (held >= most) return false;
  if (found == stripe.held.end()) {
    stripe.held.emplace(key, 1);
  } else {
    ++found->second;
  }
  return true;
}

void SharePool::subtract(const CallerKey& key) noexcept {
  Stripe& stripe = stripe_of(key);
  const std::lock_guard lock(stripe.mutex);
  const auto found = stripe.held.find(key);
  if (--found->second == 0) stripe.held.erase(found);
}

void SharePool::release(const Caller& caller) noexcept {
  if (caller.account) subtract(*caller.account);
  if (caller.address) subtract(*caller.address);
  held_.fetch_sub(1, kRelaxed);
}

std::size_t SharePool::held_by(const CallerKey& key) const {
  const Stripe& stripe = stripe_of(key);
  const std::lock_guard lock(stripe.mutex);
  const auto found = stripe.held.find(key);
  return found == stripe.held.end() ? 0 : found->second;
}

SharePool::Stripe& SharePool::stripe_of(const CallerKey& key) noexcept {
  return stripes_[std::hash<std::string_view>{}(key.bytes()) % kStripes];
}

const SharePool::Stripe& SharePool::stripe_of(const CallerKey& key) const noexcept {
  return stripes_[std::hash<std::string_view>{}(key.bytes()) % kStripes];
}

}  // namespace vigie::domain
