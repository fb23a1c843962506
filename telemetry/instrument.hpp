#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "telemetry/catalogue/metric_type.hpp"
#include "telemetry/trace_context.hpp"

namespace vigie::telemetry {

class Trace;

/// Shards keep threads from writing to the same cache line; a scrape adds them up.
inline constexpr std::size_t kInstrumentShards = 8;

/// Counts events. Thread-safe, wait-free.
class Counter {
 public:
  explicit Counter(bool is_recording = true) noexcept : is_recording_(is_recording) {}
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;

  void add(std::uint64_t count = 1) noexcept;
  /// For what is counted elsewhere: called from Metrics::collect_with only. Never goes back.
  void set_total(double total) noexcept;
  double value() const noexcept;

 private:
  struct alignas(64) Shard {
    std::atomic<std::uint64_t> count{0};
  };

  bool is_recording_;
  std::atomic<double> total_{0};
  std::array<Shard, kInstrumentShards> shards_;
};

/// A value that goes up and down. Use either `set`, or `add`, on one gauge. Thread-safe.
class Gauge {
 public:
  explicit Gauge(bool is_recording = true) noexcept : is_recording_(is_recording) {}
  Gauge(const Gauge&) = delete;
  Gauge& operator=(const Gauge&) = delete;

  void set(double value) noexcept;
  void add(std::int64_t change) noexcept;
  double value() const noexcept;

 private:
  struct alignas(64) Shard {
    std::atomic<std::int64_t> change{0};
  };

  bool is_recording_;
  std::atomic<double> value_{0};
  std::array<Shard, kInstrumentShards> shards_;
};

/// A trace that stands for the observations of one bucket.
struct Exemplar {
  TraceId trace_id;
  SpanId span_id;
  double value = 0;
  std::uint64_t utc_ns = 0;
};

/// Distribution over the buckets of its metric. Thread-safe, does not block.
class Histogram {
 public:
  /// `bounds` are the catalogue's: they outlive the histogram.
  explicit Histogram(std::span<const double> bounds, bool is_recording = true);
  ~Histogram();
  Histogram(const Histogram&) = delete;
  Histogram& operator=(const Histogram&) = delete;

  /// With a trace, the observation becomes its bucket's exemplar once that trace is kept.
  void observe(double value, Trace* trace = nullptr) noexcept;
  /// Sets the exemplar of a bucket; skipped when another thread is doing the same.
  void set_exemplar(std::size_t bucket, const Exemplar& exemplar) noexcept;

  std::span<const double> bounds() const noexcept { return bounds_; }
  /// Observations by bucket, not cumulative, the last one being over the highest bound.
  std::vector<std::uint64_t> counts() const;
  double sum() const noexcept;
  bool has_exemplars() const noexcept { return exemplars_.load() != nullptr; }
  /// By bucket; nothing where no exemplar was set.
  std::vector<std::optional<Exemplar>> exemplars() const;

 private:
  struct Shard;
  struct ExemplarTable;

  template <typename T>
  static T* make_once(std::atomic<T*>& place) noexcept;

  std::span<const double> bounds_;  // a constant of the catalogue
  bool is_recording_;
  std::array<std::atomic<Shard*>, kInstrumentShards> shards_{};
  std::atomic<ExemplarTable*> exemplars_{nullptr};
};

}  // namespace vigie::telemetry
