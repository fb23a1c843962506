#include "server/http/request_metrics.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "telemetry/catalogue/metrics.hpp"

namespace vigie::http {
namespace {

struct Outcome {
  int status;
  std::string_view error_type;
  bool is_expected;  // worth a series before it happens

  bool operator==(const Outcome&) const = default;
};

std::string_view error_type_of(int status, const ProblemType* problem) {
  return status >= 500 && problem != nullptr ? problem->code : std::string_view{};
}

/// Refusals of one status share a series: their code is in logs and spans.
std::vector<Outcome> outcomes_of(const Route& route) {
  std::vector<Outcome> outcomes;
  if (route.success != 0) outcomes.push_back({route.success, "", true});
  if (route.has_entity_tag) outcomes.push_back({304, "", true});
  for (const ProblemType* type : problems_of(route)) {
    const bool is_expected = has_problem(route, *type) || type->status >= 500 ||
                             type->status == 401 || type->status == 422 || type->status == 429;
    const Outcome outcome{type->status, error_type_of(type->status, type), is_expected};
    const bool is_known = std::any_of(outcomes.begin(), outcomes.end(), [&](const Outcome& other) {
      return other.status == outcome.status && other.error_type == outcome.error_type;
    });
    if (!is_known) outcomes.push_back(outcome);
  }
  return outcomes;
}

std::vector<Method> methods_of(const Route& route) {
  if (route.method == Method::kGet) return {Method::kGet, Method::kHead};
  if (route.method != Method::kUnknown) return {route.method};
  return {Method::kUnknown, Method::kGet,    Method::kHead,    Method::kPost,    Method::kPut,
          Method::kPatch,   Method::kDelete, Method::kOptions, Method::kConnect, Method::kTrace};
}

}  // namespace

RequestMetrics::RequestMetrics(telemetry::Metrics& metrics, std::span<const Route* const> routes)
    : metrics_(metrics) {
  for (const Route* route : routes) prepare(*route);
  for (const Route* route : unrouted::kAll) prepare(*route);
}

void RequestMetrics::prepare(const Route& route) {
  const auto outcomes = outcomes_of(route);
  const auto methods = methods_of(route);
  std::vector<Series> all(outcomes.size() * methods.size());
  auto series = all.begin();
  for (const Method method : methods) {
    for (const Outcome& outcome : outcomes) {
      series->method = method;
      series->status = outcome.status;
      series->error_type = outcome.error_type;
      const bool is_prepared = outcome.is_expected && method == route.method;
      series->histogram =
          is_prepared ? &make(route, method, outcome.status, outcome.error_type) : nullptr;
      ++series;
    }
  }
  series_.emplace(&route, std::move(all));
}

telemetry::Histogram& RequestMetrics::duration(const Route& route, Method method, int status,
                                               const ProblemType* problem) {
  const std::string_view error_type = error_type_of(status, problem);
  const auto of_route = series_.find(&route);
  if (of_route == series_.end()) return make(route, method, status, error_type);
  for (Series& series : of_route->second) {
    const bool is_same =
        series.status == status && series.method == method && series.error_type == error_type;
    if (!is_same) continue;
    telemetry::Histogram* histogram = series.histogram.load(std::memory_order_acquire);
    if (histogram == nullptr) {
      histogram = &make(route, method, status, error_type);
      series.histogram.store(histogram, std::memory_order_release);
    }
    return *histogram;
  }
  return make(route, method, status, error_type);
}

telemetry::Histogram& RequestMetrics::make(const Route& route, Method method, int status,
                                           std::string_view error_type) {
  return metrics_.histogram(telemetry::metrics::kHttpServerRequestDuration,
                            {name_of(method), route.pattern, std::to_string(status), error_type});
}

}  // namespace vigie::http
