#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "server/domain/clock.hpp"
#include "server/domain/context.hpp"
#include "server/domain/result.hpp"
#include "server/domain/unit_of_work.hpp"
#include "server/platform/core/digest.hpp"

namespace vigie::domain {

/// Keyed hash of method, route, principal and body: two calls with the same key must agree on it.
struct Fingerprint {
  core::Digest bytes{};

  bool operator==(const Fingerprint&) const = default;
};

/// An answer as it went out, so that a replay is the same to the byte.
struct StoredAnswer {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  /// Of the trace that made it, in the form of W3C Trace Context; empty: of none. Never sent.
  std::string traceparent = {};

  bool operator==(const StoredAnswer&) const = default;
};

/// Port: first answers by Idempotency-Key (draft-ietf-httpapi-idempotency-key-header).
class IdempotencyStore {
 public:
  /// The key is ours: the effect and the answer are committed together. Destroyed without
  /// `commit`: the effect is undone and the key is free again. So is it when the process dies.
  class Claim {
   public:
    virtual ~Claim() = default;
    /// The transaction that the handler's stores join.
    virtual UnitOfWork& unit_of_work() = 0;
    /// Stores the answer and commits it with the effect.
    virtual Result<void> commit(const StoredAnswer&, Timestamp expires_at) = 0;
  };
  using Outcome = std::variant<std::unique_ptr<Claim>, StoredAnswer>;

  virtual ~IdempotencyStore() = default;
  /// The stored answer to replay, if there is one; holds nothing. kIdempotencyKeyReused when the
  /// fingerprint differs.
  virtual Result<std::optional<StoredAnswer>> find(const Context&, std::string_view scope,
                                                   std::string_view key, const Fingerprint&,
                                                   Timestamp now) = 0;
  /// A claim, or the stored answer to replay. kIdempotencyKeyReused when the fingerprint differs,
  /// kIdempotencyKeyInFlight while another call holds the key.
  /// `scope` separates principals: the same key of two accounts is two keys.
  virtual Result<Outcome> claim(const Context&, std::string_view scope, std::string_view key,
                                const Fingerprint&, Timestamp now) = 0;
  /// Deletes answers that expired, at most `limit`; returns how many.
  virtual Result<std::int64_t> remove_expired(const Context&, Timestamp now,
                                              std::int64_t limit) = 0;
};

}  // namespace vigie::domain
