#include "telemetry/ledger.hpp"

#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/thread_index.hpp"

namespace vigie::telemetry {
namespace {

constexpr std::size_t column_of(std::size_t first, DropReason reason) noexcept {
  return first + static_cast<std::size_t>(reason);
}

}  // namespace

std::string_view name_of(Signal signal) noexcept {
  return metrics::kSignals[static_cast<std::size_t>(signal)];
}

std::uint64_t Account::dropped_total() const noexcept {
  std::uint64_t total = 0;
  for (std::uint64_t count : dropped) total += count;
  return total;
}

bool Account::is_balanced() const noexcept {
  return created == exported + sampled_out + dropped_total() + static_cast<std::uint64_t>(queued) +
                        static_cast<std::uint64_t>(spooled);
}

void Ledger::queued(Signal signal, std::uint64_t count) noexcept {
  enter(signal, kCreated, count, kQueued, count);
}

void Ledger::sampled_out(Signal signal, std::uint64_t count) noexcept {
  enter(signal, kCreated, count, kSampledOut, count);
}

void Ledger::refused(Signal signal, std::uint64_t count, DropReason reason) noexcept {
  enter(signal, kCreated, count, static_cast<Column>(column_of(kDropped, reason)), count);
}

void Ledger::exported(Signal signal, std::uint64_t count) noexcept {
  enter(signal, kQueued, 0 - count, kExported, count);
}

void Ledger::dropped(Signal signal, std::uint64_t count, DropReason reason) noexcept {
  enter(signal, kQueued, 0 - count, static_cast<Column>(column_of(kDropped, reason)), count);
}

void Ledger::spooled(Signal signal, std::uint64_t count) noexcept {
  enter(signal, kQueued, 0 - count, kSpooled, count);
}

void Ledger::recovered(Signal signal, std::uint64_t count) noexcept {
  enter(signal, kCreated, count, kSpooled, count);
}

void Ledger::replayed(Signal signal, std::uint64_t count) noexcept {
  enter(signal, kSpooled, 0 - count, kExported, count);
}

void Ledger::dropped_from_spool(Signal signal, std::uint64_t count, DropReason reason) noexcept {
  enter(signal, kSpooled, 0 - count, static_cast<Column>(column_of(kDropped, reason)), count);
}

void Ledger::cut(CutReason reason, std::uint64_t count) noexcept {
  cuts_[static_cast<std::size_t>(reason)].fetch_add(count, std::memory_order_relaxed);
}

std::uint64_t Ledger::cuts(CutReason reason) const noexcept {
  return cuts_[static_cast<std::size_t>(reason)].load(std::memory_order_relaxed);
}

// A sequence lock: the exchange of an even version for an odd one shuts other writers out; the
// columns are released one by one, so that a reader that sees a new column also sees the version.
void Ledger::enter(Signal signal, Column first, std::uint64_t first_change, Column second,
                   std::uint64_t second_change) noexcept {
  Shard& shard = shards_[static_cast<std::size_t>(signal)][thread_index() % kShards];
  std::uint64_t version = shard.version.load(std::memory_order_relaxed);
  do {
    version &= ~std::uint64_t{1};
  } while (!shard.version.compare_exchange_weak(version, version + 1, std::memory_order_acquire,
                                                std::memory_order_relaxed));
  const auto add = [&shard](Column column, std::uint64_t change) {
    std::atomic<std::uint64_t>& cell = shard.columns[column];
    cell.store(cell.load(std::memory_order_relaxed) + change, std::memory_order_release);
  };
  add(first, first_change);
  add(second, second_change);
  shard.version.store(version + 2, std::memory_order_release);
}

std::array<std::uint64_t, Ledger::kColumns> Ledger::read(const Shard& shard) noexcept {
  std::array<std::uint64_t, kColumns> columns{};
  for (;;) {
    const std::uint64_t before = shard.version.load(std::memory_order_acquire);
    for (std::size_t i = 0; i < kColumns; ++i) {
      columns[i] = shard.columns[i].load(std::memory_order_acquire);
    }
    const std::uint64_t after = shard.version.load(std::memory_order_relaxed);
    if (before == after && before % 2 == 0) return columns;
  }
}

Account Ledger::account(Signal signal) const noexcept {
  Account account;
  for (const Shard& shard : shards_[static_cast<std::size_t>(signal)]) {
    const std::array<std::uint64_t, kColumns> columns = read(shard);
    account.created += columns[kCreated];
    account.exported += columns[kExported];
    account.sampled_out += columns[kSampledOut];
    account.queued += static_cast<std::int64_t>(columns[kQueued]);
    account.spooled += static_cast<std::int64_t>(columns[kSpooled]);
    for (std::size_t i = 0; i < kDropReasonCount; ++i) account.dropped[i] += columns[kDropped + i];
  }
  return account;
}

}  // namespace vigie::telemetry
