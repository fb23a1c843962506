#include "server/storage/idempotency_store.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/storage/transaction.hpp"

namespace vigie::storage {
namespace {

using domain::Code;
using domain::StoredAnswer;

constexpr Query kLock{.name = QueryName::kIdempotencyClaim,
                      .sql = "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))",
                      .operation = "SELECT",
                      .lane = Lane::kWrite};

/// A statement of its own after the lock, so that its snapshot is younger than the lock: an answer
/// that was committed before the lock was freed is seen.
constexpr Query kFind{.name = QueryName::kIdempotencyClaim,
                      .sql =
                          "SELECT fingerprint, status, headers, body FROM idempotency_keys "
                          "WHERE scope = $1 AND key = $2 AND expires_at > $3",
                      .operation = "SELECT",
                      .lane = Lane::kWrite,
                      .statement = statement_of(QueryName::kIdempotencyClaim)};

constexpr Query kLook{.name = QueryName::kIdempotencyFind,
                      .sql = kFind.sql,
                      .operation = "SELECT",
                      .is_read = true,
                      .statement = statement_of(QueryName::kIdempotencyFind)};

/// An expired answer may still be there.
constexpr Query kAnswer{
    .name = QueryName::kIdempotencyAnswer,
    .sql =
        "INSERT INTO idempotency_keys "
        "(scope, key, fingerprint, status, headers, body, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7) "
        "ON CONFLICT (scope, key) DO UPDATE SET fingerprint = excluded.fingerprint, "
        "status = excluded.status, headers = excluded.headers, body = excluded.body, "
        "expires_at = excluded.expires_at",
    .operation = "INSERT",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kIdempotencyAnswer)};

constexpr Query kRemoveExpired{.name = QueryName::kIdempotencyRemoveExpired,
                               .sql =
                                   "DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY("
                                   "SELECT ctid FROM idempotency_keys WHERE expires_at <= $1 "
                                   "ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
                               .operation = "DELETE",
                               .lane = Lane::kWrite,
                               .statement = statement_of(QueryName::kIdempotencyRemoveExpired)};

/// Lengths are part of it: no scope and key run together like another pair.
std::string lock_name(std::string_view scope, std::string_view key) {
  return std::string("idempotency:") + std::to_string(scope.size()) + ":" + std::string(scope) +
         ":" + std::string(key);
}

/// The trace of the answer stands among its headers, under a name that no stored header has.
constexpr std::string_view kTraceParent = "traceparent";

std::vector<std::string> flattened(const StoredAnswer& answer) {
  std::vector<std::string> texts;
  texts.reserve(2 * answer.headers.size() + 2);
  if (!answer.traceparent.empty()) {
    texts.emplace_back(kTraceParent);
    texts.push_back(answer.traceparent);
  }
  for (const auto& [name, value] : answer.headers) {
    texts.push_back(name);
    texts.push_back(value);
  }
  return texts;
}

StoredAnswer stored_answer(const Rows& rows) {
  StoredAnswer answer{.status = static_cast<int>(rows.integer(0, 1)), .body = rows.string(0, 3)};
  std::vector<std::string> texts = rows.texts(0, 2);
  for (std::size_t i = 0; i + 1 < texts.size(); i += 2) {
    if (texts[i] == kTraceParent) {
      answer.traceparent = std::move(texts[i + 1]);
    } else {
      answer.headers.emplace_back(std::move(texts[i]), std::move(texts[i + 1]));
    }
  }
  return answer;
}

bool is_same(std::string_view stored, const domain::Fingerprint& fingerprint) {
  return std::equal(stored.begin(), stored.end(), fingerprint.begin(), fingerprint.end(),
                    [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

class PgClaim : public domain::IdempotencyStore::Claim {
 public:
  PgClaim(std::unique_ptr<Transaction> transaction, std::string_view scope, std::string_view key,
          const domain::Fingerprint& fingerprint)
      : transaction_(std::move(transaction)), scope_(scope), key_(key), fingerprint_(fingerprint) {}

  domain::UnitOfWork& unit_of_work() override { return *transaction_; }

  domain::Result<void> commit(const StoredAnswer& answer, domain::Timestamp expires_at) override {
    Parameters parameters;
    parameters.text(scope_)
        .text(key_)
        .bytes(fingerprint_)
        .small_integer(answer.status)
        .texts(flattened(answer))
        .bytes(answer.body)
        .timestamp(expires_at);
    return transaction_->commit_after({kAnswer, parameters});
  }

 private:
  std::unique_ptr<Transaction> transaction_;
  std::string scope_;
  std::string key_;
  domain::Fingerprint fingerprint_;
};

domain::Error in_flight() {
  return {.code = Code::kIdempotencyKeyInFlight,
          .message = "A call with this Idempotency-Key is being answered; try again shortly."};
}

domain::Error reused() {
  return {.code = Code::kIdempotencyKeyReused,
          .message = "This Idempotency-Key was already used with a different body or route."};
}

}  // namespace

domain::Result<std::optional<StoredAnswer>> PgIdempotencyStore::find(
    const domain::Context& context, std::string_view scope, std::string_view key,
    const domain::Fingerprint& fingerprint, domain::Timestamp now) {
  const auto found =
      database_.exec(context, kLook, Parameters().text(scope).text(key).timestamp(now));
  if (!found) return found.error();
  if (found->empty()) return std::optional<StoredAnswer>{};
  if (!is_same(found->text(0, 0), fingerprint)) return reused();
  return std::optional(stored_answer(*found));
}

domain::Result<PgIdempotencyStore::Outcome> PgIdempotencyStore::claim(
    const domain::Context& context, std::string_view scope, std::string_view key,
    const domain::Fingerprint& fingerprint, domain::Timestamp now) {
  const Parameters name = Parameters().text(lock_name(scope, key));
  const Parameters found_by = Parameters().text(scope).text(key).timestamp(now);
  const std::array statements{Statement{kLock, name}, Statement{kFind, found_by}};
  auto begun = database_.begin(context, kFind, statements);
  if (!begun) return std::move(begun).error();

  const bool is_locked = begun->rows[0].boolean(0, 0);
  const Rows& stored = begun->rows[1];
  // A committed answer is final, also while another call that replays it holds the lock.
  if (!stored.empty()) {
    if (!is_same(stored.text(0, 0), fingerprint)) return reused();
    return Outcome{stored_answer(stored)};
  }
  if (!is_locked) return in_flight();
  return Outcome{std::make_unique<PgClaim>(std::move(begun->transaction), scope, key, fingerprint)};
}

domain::Result<std::int64_t> PgIdempotencyStore::remove_expired(const domain::Context& context,
                                                                domain::Timestamp now,
                                                                std::int64_t limit) {
  auto removed =
      database_.exec(context, kRemoveExpired, Parameters().timestamp(now).integer(limit));
  if (!removed) return std::move(removed).error();
  return removed->affected();
}

}  // namespace vigie::storage
