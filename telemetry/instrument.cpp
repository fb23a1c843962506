#include "telemetry/instrument.hpp"

#include <new>

#include "telemetry/thread_index.hpp"
#include "telemetry/trace.hpp"

namespace vigie::telemetry {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

std::size_t shard_index() noexcept { return thread_index() % kInstrumentShards; }

// Bounds are few: counting those below the value takes no branch that can be mispredicted.
std::size_t bucket_of(std::span<const double> bounds, double value) noexcept {
  std::size_t bucket = 0;
  for (double bound : bounds) bucket += value > bound ? 1U : 0U;
  return bucket;
}

void add_relaxed(std::atomic<double>& sum, double value) noexcept {
  double old = sum.load(kRelaxed);
  while (!sum.compare_exchange_weak(old, old + value, kRelaxed)) {
  }
}

}  // namespace

void Counter::add(std::uint64_t count) noexcept {
  if (is_recording_) shards_[shard_index()].count.fetch_add(count, kRelaxed);
}

void Counter::set_total(double total) noexcept { total_.store(total, kRelaxed); }

double Counter::value() const noexcept {
  std::uint64_t count = 0;
  for (const Shard& shard : shards_) count += shard.count.load(kRelaxed);
  return total_.load(kRelaxed) + static_cast<double>(count);
}

void Gauge::set(double value) noexcept { value_.store(value, kRelaxed); }

void Gauge::add(std::int64_t change) noexcept {
  if (is_recording_) shards_[shard_index()].change.fetch_add(change, kRelaxed);
}

double Gauge::value() const noexcept {
  std::int64_t change = 0;
  for (const Shard& shard : shards_) change += shard.change.load(kRelaxed);
  return value_.load(kRelaxed) + static_cast<double>(change);
}

struct alignas(64) Histogram::Shard {
  std::atomic<double> sum{0};
  std::array<std::atomic<std::uint64_t>, kBucketsMax + 1> counts{};
};

struct Histogram::ExemplarTable {
  /// Guards `slots`; only ever tried, so that no observer waits.
  std::atomic_flag is_busy;
  std::array<std::optional<Exemplar>, kBucketsMax + 1> slots;
};

Histogram::Histogram(std::span<const double> bounds, bool is_recording)
    : bounds_(bounds), is_recording_(is_recording) {}

Histogram::~Histogram() {
  for (std::atomic<Shard*>& shard : shards_) delete shard.load();
  delete exemplars_.load();
}

// Most histograms are observed by the few reactor threads alone, so shards are made on first use.
template <typename T>
T* Histogram::make_once(std::atomic<T*>& place) noexcept {
  T* present = place.load(std::memory_order_acquire);
  if (present != nullptr) [[likely]]
    return present;
  T* made = new (std::nothrow) T;
  if (made == nullptr) return nullptr;
  if (place.compare_exchange_strong(present, made, std::memory_order_acq_rel)) return made;
  delete made;
  return present;
}

void Histogram::observe(double value, Trace* trace) noexcept {
  if (!is_recording_) return;
  Shard* shard = make_once(shards_[shard_index()]);
  if (shard == nullptr) return;
  const std::size_t bucket = bucket_of(bounds_, value);
  shard->counts[bucket].fetch_add(1, kRelaxed);
  add_relaxed(shard->sum, value);
  if (trace != nullptr) trace->pend_exemplar(*this, bucket, value);
}

void Histogram::set_exemplar(std::size_t bucket, const Exemplar& exemplar) noexcept {
  ExemplarTable* table = make_once(exemplars_);
  if (table == nullptr || table->is_busy.test_and_set(std::memory_order_acquire)) return;
  table->slots[bucket] = exemplar;
  table->is_busy.clear(std::memory_order_release);
}

std::vector<std::uint64_t> Histogram::counts() const {
  std::vector<std::uint64_t> counts(bounds_.size() + 1);
  for (const std::atomic<Shard*>& place : shards_) {
    const Shard* shard = place.load(std::memory_order_acquire);
    if (shard == nullptr) continue;
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += shard->counts[i].load(kRelaxed);
  }
  return counts;
}

double Histogram::sum() const noexcept {
  double sum = 0;
  for (const std::atomic<Shard*>& place : shards_) {
    const Shard* shard = place.load(std::memory_order_acquire);
    if (shard != nullptr) sum += shard->sum.load(kRelaxed);
  }
  return sum;
}

std::vector<std::optional<Exemplar>> Histogram::exemplars() const {
  std::vector<std::optional<Exemplar>> exemplars(bounds_.size() + 1);
  ExemplarTable* table = exemplars_.load(std::memory_order_acquire);
  if (table == nullptr) return exemplars;
  // An observer holds it for a few nanoseconds.
  while (table->is_busy.test_and_set(std::memory_order_acquire)) {
  }
  for (std::size_t i = 0; i < exemplars.size(); ++i) exemplars[i] = table->slots[i];
  table->is_busy.clear(std::memory_order_release);
  return exemplars;
}

}  // namespace vigie::telemetry
