#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vigie::telemetry {

/// In the order of metrics::kSignals.
enum class Signal : std::uint8_t { kTraces, kLogs };
std::string_view name_of(Signal signal) noexcept;

/// In the order of metrics::kDropReasons.
enum class DropReason : std::uint8_t {
  kQueueFull,
  kRejected,
  kRetriesExhausted,
  kShutdown,
  kNoMemory,
  kTooLarge,
  kWriteFailed,
  kSpoolEvicted,
  kSpoolCorrupt,
  kSpoolFailed,
};
inline constexpr std::size_t kDropReasonCount = 10;

/// In the order of metrics::kCutReasons.
enum class CutReason : std::uint8_t { kUndeclared, kTooLong, kNoMemory, kEventLimit, kLinkLimit };
inline constexpr std::size_t kCutReasonCount = 5;

/// What became of a signal's records: spans, or log lines.
/// created = exported + sampled_out + dropped + queued + spooled, always.
struct Account {
  std::uint64_t created = 0;
  std::uint64_t exported = 0;
  std::uint64_t sampled_out = 0;
  std::int64_t queued = 0;
  std::int64_t spooled = 0;
  std::array<std::uint64_t, kDropReasonCount> dropped{};

  std::uint64_t dropped_total() const noexcept;
  bool is_balanced() const noexcept;
};

/// Keeps the accounts. Each entry is balanced in itself and is read as a whole, so that a scrape
/// sees balanced accounts at any moment. Thread-safe; a writer waits only for another writer of its
/// shard, never for a reader.
class Ledger {
 public:
  Ledger() = default;
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  /// New records that wait in memory.
  void queued(Signal signal, std::uint64_t count) noexcept;
  /// New records that the sampler left out.
  void sampled_out(Signal signal, std::uint64_t count) noexcept;
  /// New records that were lost before they could be queued.
  void refused(Signal signal, std::uint64_t count, DropReason reason) noexcept;
  /// Queued records that the back end took.
  void exported(Signal signal, std::uint64_t count) noexcept;
  /// Queued records that were lost.
  void dropped(Signal signal, std::uint64_t count, DropReason reason) noexcept;
  /// Queued records that wait on disk now.
  void spooled(Signal signal, std::uint64_t count) noexcept;
  /// New to this process: an earlier one left them on disk.
  void recovered(Signal signal, std::uint64_t count) noexcept;
  /// Records from the disk that the back end took.
  void replayed(Signal signal, std::uint64_t count) noexcept;
  /// Records from the disk that were lost.
  void dropped_from_spool(Signal signal, std::uint64_t count, DropReason reason) noexcept;

  void cut(CutReason reason, std::uint64_t count = 1) noexcept;

  Account account(Signal signal) const noexcept;
  std::uint64_t cuts(CutReason reason) const noexcept;

 private:
  enum Column : std::size_t { kCreated, kExported, kSampledOut, kQueued, kSpooled, kDropped };
  static constexpr std::size_t kColumns = kDropped + kDropReasonCount;
  static constexpr std::size_t kShards = 8;

  struct alignas(64) Shard {
    /// Odd while a writer is at work.
    std::atomic<std::uint64_t> version{0};
    std::array<std::atomic<std::uint64_t>, kColumns> columns{};
  };

  void enter(Signal signal, Column first, std::uint64_t first_change, Column second,
             std::uint64_t second_change) noexcept;
  static std::array<std::uint64_t, kColumns> read(const Shard& shard) noexcept;

  std::array<std::array<Shard, kShards>, 2> shards_;
  std::array<std::atomic<std::uint64_t>, kCutReasonCount> cuts_{};
};

}  // namespace vigie::telemetry
