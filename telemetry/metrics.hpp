#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string_view>

#include "telemetry/catalogue/metric_type.hpp"
#include "telemetry/instrument.hpp"

namespace vigie::telemetry {

/// One scrape: the registry's families, and for each histogram its exemplars.
struct Collection;

/// All metrics of the process, built from the catalogue over a prometheus::Registry: those that the
/// program declares, and the library's own. Every series whose labels are all closed exists, at 0,
/// from the start. Thread-safe.
class Metrics {
 public:
  /// The library's own may stand in `declared` too. `is_recording` false: handles do nothing (to
  /// measure what telemetry costs).
  explicit Metrics(MetricTable declared, bool is_recording = true);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// Handles, found or made; they live as long as this object. Takes a lock and allocates: call at
  /// start-up and keep the reference, not once a request. Pre: `type` is of that kind, and there is
  /// one value for each of its labels, in its order. A type that was not declared throws.
  Counter& counter(const MetricType& type, std::initializer_list<std::string_view> values = {});
  Gauge& gauge(const MetricType& type, std::initializer_list<std::string_view> values = {});
  Histogram& histogram(const MetricType& type, std::initializer_list<std::string_view> values = {});

  /// `refresh` runs at the start of each scrape, to set gauges and counters from what is counted
  /// elsewhere. It must not ask for handles, and what it touches must outlive the last scrape.
  void collect_with(std::function<void()> refresh);

  /// Runs the refreshers and brings the registry up to date.
  Collection collect() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vigie::telemetry
