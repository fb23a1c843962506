#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/domain/clock.hpp"
#include "server/domain/principal.hpp"

namespace vigie::auth {

/// Remembers tokens whose signature was found good, because the verification costs 70 µs and a
/// client sends the same token for a quarter of an hour. Bounded: a table in which a token has one
/// place, and takes it from who was there. Thread-safe, in shards by token.
class TokenCache {
 public:
  struct Entry {
    domain::Principal principal;
    domain::Timestamp expires_at{};
    /// Of the keys it was verified with.
    std::uint64_t generation = 0;
  };

  explicit TokenCache(std::size_t entries_max);

  /// Whose token it is, if it was inserted under the same generation and has not expired.
  std::optional<domain::Principal> find(std::string_view token, std::uint64_t generation,
                                        domain::Timestamp now) const;
  void insert(std::string_view token, const Entry& entry);

 private:
  static constexpr std::size_t kShards = 16;

  struct Slot {
    std::string token;
    Entry entry;
  };
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    std::vector<Slot> slots;  // guarded by mutex
  };
  struct Place {
    std::size_t shard;
    std::size_t slot;
  };

  Place place_of(std::string_view token) const noexcept;

  std::size_t slots_per_shard_;
  std::array<Shard, kShards> shards_;
};

}  // namespace vigie::auth
