#include "server/storage/idempotency_store.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/storage/sql/idempotency.hpp"
#include "server/storage/transaction.hpp"

namespace vigie::storage {
namespace {

using domain::Code;
using domain::StoredAnswer;

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
  return std::equal(stored.begin(), stored.end(), fingerprint.bytes.begin(),
                    fingerprint.bytes.end(),
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
        .bytes(fingerprint_.bytes)
        .small_integer(answer.status)
        .texts(flattened(answer))
        .bytes(answer.body)
        .timestamp(expires_at);
    return transaction_->commit_after({sql::idempotency::kAnswer, parameters});
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
  const auto found = database_.exec(context, sql::idempotency::kFind,
                                    Parameters().text(scope).text(key).timestamp(now));
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
  const std::array statements{Statement{sql::idempotency::kLock, name},
                              Statement{sql::idempotency::kClaim, found_by}};
  auto begun = database_.begin(context, sql::idempotency::kClaim, statements);
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
  auto removed = database_.exec(context, sql::idempotency::kRemoveExpired,
                                Parameters().timestamp(now).integer(limit));
  if (!removed) return std::move(removed).error();
  return removed->affected();
}

}  // namespace vigie::storage
