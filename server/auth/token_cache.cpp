#include "server/auth/token_cache.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <functional>

namespace vigie::auth {
namespace {

/// Takes as long for a token that differs in its first byte as for one that differs in its last:
/// otherwise a signature could be guessed byte by byte.
bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

TokenCache::TokenCache(std::size_t entries_max)
    : slots_per_shard_(std::max<std::size_t>(1, entries_max / kShards)) {
  for (Shard& shard : shards_) shard.slots.resize(slots_per_shard_);
}

std::optional<domain::Principal> TokenCache::find(std::string_view token, std::uint64_t generation,
                                                  domain::Timestamp now) const {
  const Place place = place_of(token);
  const Shard& shard = shards_[place.shard];
  const std::lock_guard lock(shard.mutex);
  const Slot& slot = shard.slots[place.slot];
  const bool is_current = slot.entry.generation == generation && now < slot.entry.expires_at;
  if (!is_current || !equal_in_constant_time(slot.token, token)) return std::nullopt;
  return slot.entry.principal;
}

void TokenCache::insert(std::string_view token, const Entry& entry) {
  const Place place = place_of(token);
  Shard& shard = shards_[place.shard];
  const std::lock_guard lock(shard.mutex);
  Slot& slot = shard.slots[place.slot];
  slot.token.assign(token);
  slot.entry = entry;
}

TokenCache::Place TokenCache::place_of(std::string_view token) const noexcept {
  const std::size_t hash = std::hash<std::string_view>{}(token);
  return {.shard = hash % kShards, .slot = hash / kShards % slots_per_shard_};
}

}  // namespace vigie::auth
