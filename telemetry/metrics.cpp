#include "telemetry/metrics.hpp"

#include <algorithm>
#include <cassert>
#include <map>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/collection.hpp"
#include "telemetry/series.hpp"

namespace vigie::telemetry {
namespace {

using Seen = std::set<std::string, std::less<>>;

bool is_within(const Label& label, Seen& seen, std::string_view value) {
  if (label.is_closed()) {
    return std::find(label.values.begin(), label.values.end(), value) != label.values.end();
  }
  if (seen.contains(value)) return true;
  if (seen.size() == label.bound) return false;
  seen.emplace(value);
  return true;
}

// Calls `visit` with every combination of the values of closed labels.
template <typename Visit>
void for_each_combination(const MetricType& type, LabelValues& chosen, const Visit& visit) {
  if (chosen.size() == type.label_count()) {
    visit(chosen);
    return;
  }
  for (std::string_view value : type.labels[chosen.size()].values) {
    chosen.emplace_back(value);
    for_each_combination(type, chosen, visit);
    chosen.pop_back();
  }
}

}  // namespace

struct Metrics::State {
  State(MetricTable declared, bool recording);
  void add(const MetricType& type);
  void make_enumerable_series(const MetricType& type);
  void make_handle(const MetricType& type, const LabelValues& values);
  /// The values as they are recorded: those outside their label's bound are "other".
  LabelValues bounded(const MetricType& type, std::span<const std::string_view> values);

  template <typename Series>
  typename Series::Handle& handle(SeriesTable<Series>& table, const MetricType& type,
                                  std::initializer_list<std::string_view> values) {
    const std::lock_guard lock(mutex);
    return table.handle(type, bounded(type, values), is_recording);
  }

  const bool is_recording;
  std::map<std::string_view, const MetricType*> types;
  prometheus::Registry registry;
  /// Guards the tables and `seen`: held while handles are looked up and during a scrape.
  std::mutex mutex;
  SeriesTable<CounterSeries> counters;
  SeriesTable<GaugeSeries> gauges;
  SeriesTable<HistogramSeries> histograms;
  std::map<std::pair<const MetricType*, std::size_t>, Seen> seen;
  Counter* over_bound = nullptr;
  /// Guards `refreshers`, and lets one scrape at a time run them.
  std::mutex refresh_mutex;
  std::vector<std::function<void()>> refreshers;
};

Metrics::State::State(MetricTable declared, bool recording) : is_recording(recording) {
  for (const MetricType* type : metrics::kOwn) add(*type);
  for (const MetricType* type : declared) {
    if (!types.contains(type->name)) add(*type);
  }
  over_bound = &counters.handle(metrics::kTelemetryLabelsOverBound, {}, true);
}

void Metrics::State::add(const MetricType& type) {
  types.emplace(type.name, &type);
  switch (type.kind) {
    case MetricKind::kCounter:
      counters.add_family(type, registry);
      break;
    case MetricKind::kGauge:
      gauges.add_family(type, registry);
      break;
    case MetricKind::kHistogram:
      histograms.add_family(type, registry);
      break;
  }
  make_enumerable_series(type);
}

void Metrics::State::make_enumerable_series(const MetricType& type) {
  const auto* end = type.labels.begin() + type.label_count();
  if (!std::all_of(type.labels.begin(), end, [](const Label& label) { return label.is_closed(); }))
    return;
  LabelValues chosen;
  for_each_combination(type, chosen, [&](const LabelValues& values) { make_handle(type, values); });
}

void Metrics::State::make_handle(const MetricType& type, const LabelValues& values) {
  switch (type.kind) {
    case MetricKind::kCounter:
      counters.handle(type, values, is_recording);
      return;
    case MetricKind::kGauge:
      gauges.handle(type, values, is_recording);
      return;
    case MetricKind::kHistogram:
      histograms.handle(type, values, is_recording);
      return;
  }
}

LabelValues Metrics::State::bounded(const MetricType& type,
                                    std::span<const std::string_view> values) {
  // Calls are written beside the catalogue; a wrong number of values is a mistake in the code.
  assert(values.size() == type.label_count());
  LabelValues labels;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool is_known = is_within(type.labels[i], seen[{&type, i}], values[i]);
    if (!is_known) over_bound->add();
    labels.emplace_back(is_known ? values[i] : "other");
  }
  return labels;
}

Metrics::Metrics(MetricTable declared, bool is_recording)
    : state_(std::make_unique<State>(declared, is_recording)) {}

Metrics::~Metrics() = default;

Counter& Metrics::counter(const MetricType& type, std::initializer_list<std::string_view> values) {
  return state_->handle(state_->counters, type, values);
}

Gauge& Metrics::gauge(const MetricType& type, std::initializer_list<std::string_view> values) {
  return state_->handle(state_->gauges, type, values);
}

Histogram& Metrics::histogram(const MetricType& type,
                              std::initializer_list<std::string_view> values) {
  return state_->handle(state_->histograms, type, values);
}

void Metrics::collect_with(std::function<void()> refresh) {
  const std::lock_guard lock(state_->refresh_mutex);
  state_->refreshers.push_back(std::move(refresh));
}

Collection Metrics::collect() const {
  const std::lock_guard refresh_lock(state_->refresh_mutex);
  for (const std::function<void()>& refresh : state_->refreshers) refresh();

  Collection collection;
  for (const auto& [name, type] : state_->types) collection.units.emplace(name, type->unit);
  const std::lock_guard lock(state_->mutex);
  state_->counters.for_each([](CounterSeries& series) { series.bring_up_to_date(); });
  state_->gauges.for_each([](GaugeSeries& series) { series.bring_up_to_date(); });
  state_->histograms.for_each([&](HistogramSeries& series) {
    series.bring_up_to_date();
    if (series.handle.has_exemplars()) {
      collection.exemplars.emplace(series.key, series.handle.exemplars());
    }
  });
  collection.families = state_->registry.Collect();
  std::sort(collection.families.begin(), collection.families.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  for (prometheus::MetricFamily& family : collection.families) {
    std::sort(family.metric.begin(), family.metric.end(),
              [](const auto& a, const auto& b) { return a.label < b.label; });
  }
  return collection;
}

}  // namespace vigie::telemetry
