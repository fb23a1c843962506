#include "telemetry/series.hpp"

#include "telemetry/collection.hpp"

namespace vigie::telemetry {
namespace {

template <typename Builder>
auto& build(Builder builder, const MetricType& type, prometheus::Registry& registry) {
  return builder.Name(std::string(type.name)).Help(std::string(type.help)).Register(registry);
}

prometheus::Histogram::BucketBoundaries bounds_of(const MetricType& type) {
  return {type.buckets.begin(), type.buckets.end()};
}

std::string key_of(const MetricType& type, const LabelValues& values) {
  std::vector<prometheus::ClientMetric::Label> labels;
  for (const auto& [name, value] : labels_of(type, values)) labels.push_back({name, value});
  return series_key(type.name, labels);
}

}  // namespace

std::logic_error undeclared(const MetricType& type) {
  return std::logic_error("metric " + std::string(type.name) + " was not declared");
}

prometheus::Labels labels_of(const MetricType& type, const LabelValues& values) {
  prometheus::Labels labels;
  for (std::size_t i = 0; i < values.size(); ++i) {
    labels.emplace(std::string(type.labels[i].name), values[i]);
  }
  return labels;
}

std::string series_key(std::string_view metric_name,
                       const std::vector<prometheus::ClientMetric::Label>& labels) {
  std::string key(metric_name);
  for (const prometheus::ClientMetric::Label& label : labels) {
    key.append(1, '\0').append(label.name).append(1, '\0').append(label.value);
  }
  return key;
}

CounterSeries::CounterSeries(const MetricType& type, const LabelValues& values,
                             prometheus::Family<Registered>& family, bool is_recording)
    : handle(is_recording), registered(family.Add(labels_of(type, values))) {}

prometheus::Family<prometheus::Counter>& CounterSeries::add_family(const MetricType& type,
                                                                   prometheus::Registry& registry) {
  return build(prometheus::BuildCounter(), type, registry);
}

void CounterSeries::bring_up_to_date() {
  registered.Increment(handle.value() - registered.Value());
}

GaugeSeries::GaugeSeries(const MetricType& type, const LabelValues& values,
                         prometheus::Family<Registered>& family, bool is_recording)
    : handle(is_recording), registered(family.Add(labels_of(type, values))) {}

prometheus::Family<prometheus::Gauge>& GaugeSeries::add_family(const MetricType& type,
                                                               prometheus::Registry& registry) {
  return build(prometheus::BuildGauge(), type, registry);
}

void GaugeSeries::bring_up_to_date() { registered.Set(handle.value()); }

HistogramSeries::HistogramSeries(const MetricType& type, const LabelValues& values,
                                 prometheus::Family<Registered>& family, bool is_recording)
    : handle(type.buckets, is_recording),
      registered(family.Add(labels_of(type, values), bounds_of(type))),
      key(key_of(type, values)),
      told_counts(type.buckets.size() + 1) {}

prometheus::Family<prometheus::Histogram>& HistogramSeries::add_family(
    const MetricType& type, prometheus::Registry& registry) {
  return build(prometheus::BuildHistogram(), type, registry);
}

void HistogramSeries::bring_up_to_date() {
  const std::vector<std::uint64_t> counts = handle.counts();
  const double sum = handle.sum();
  std::vector<double> news(counts.size());
  for (std::size_t i = 0; i < counts.size(); ++i) {
    news[i] = static_cast<double>(counts[i] - told_counts[i]);
  }
  registered.ObserveMultiple(news, sum - told_sum);
  told_counts = counts;
  told_sum = sum;
}

}  // namespace vigie::telemetry
