#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "telemetry/catalogue/metric_type.hpp"
#include "telemetry/instrument.hpp"

namespace vigie::telemetry {

using LabelValues = std::vector<std::string>;

/// A metric that the catalogue given to Metrics does not have.
std::logic_error undeclared(const MetricType& type);

/// The labels of a series as the registry wants them.
prometheus::Labels labels_of(const MetricType& type, const LabelValues& values);

// A series is what code writes to, and its place in the registry, which each scrape brings up to
// date.

struct CounterSeries {
  using Handle = Counter;
  using Registered = prometheus::Counter;

  CounterSeries(const MetricType& type, const LabelValues& values,
                prometheus::Family<Registered>& family, bool is_recording);
  static prometheus::Family<Registered>& add_family(const MetricType& type,
                                                    prometheus::Registry& registry);
  void bring_up_to_date();

  Counter handle;
  prometheus::Counter& registered;
};

struct GaugeSeries {
  using Handle = Gauge;
  using Registered = prometheus::Gauge;

  GaugeSeries(const MetricType& type, const LabelValues& values,
              prometheus::Family<Registered>& family, bool is_recording);
  static prometheus::Family<Registered>& add_family(const MetricType& type,
                                                    prometheus::Registry& registry);
  void bring_up_to_date();

  Gauge handle;
  prometheus::Gauge& registered;
};

struct HistogramSeries {
  using Handle = Histogram;
  using Registered = prometheus::Histogram;

  HistogramSeries(const MetricType& type, const LabelValues& values,
                  prometheus::Family<Registered>& family, bool is_recording);
  static prometheus::Family<Registered>& add_family(const MetricType& type,
                                                    prometheus::Registry& registry);
  void bring_up_to_date();

  Histogram handle;
  prometheus::Histogram& registered;
  /// `series_key`, under which a scrape finds its exemplars.
  std::string key;
  /// What the registry has been told.
  std::vector<std::uint64_t> told_counts;
  double told_sum = 0;
};

/// All series of one kind of metric. Not thread-safe.
template <typename Series>
class SeriesTable {
 public:
  void add_family(const MetricType& type, prometheus::Registry& registry) {
    families_.try_emplace(&type, &Series::add_family(type, registry));
  }

  /// Found or made; stays where it is. Throws when `type` was not added.
  typename Series::Handle& handle(const MetricType& type, const LabelValues& values,
                                  bool is_recording) {
    const auto found = families_.find(&type);
    if (found == families_.end()) throw undeclared(type);
    Family& family = found->second;
    std::unique_ptr<Series>& series = family.by_labels[values];
    if (series == nullptr) {
      series = std::make_unique<Series>(type, values, *family.registered, is_recording);
    }
    return series->handle;
  }

  template <typename Visit>
  void for_each(const Visit& visit) {
    for (auto& [type, family] : families_) {
      for (auto& [values, series] : family.by_labels) visit(*series);
    }
  }

 private:
  struct Family {
    explicit Family(prometheus::Family<typename Series::Registered>* family) : registered(family) {}

    prometheus::Family<typename Series::Registered>* registered;
    std::map<LabelValues, std::unique_ptr<Series>> by_labels;
  };

  std::map<const MetricType*, Family> families_;
};

}  // namespace vigie::telemetry
