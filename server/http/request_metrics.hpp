#pragma once

#include <atomic>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "server/http/route.hpp"
#include "telemetry/metrics.hpp"

namespace vigie::http {

/// The series of http_server_request_duration_seconds, found without a look-up by strings.
/// Thread-safe.
class RequestMetrics {
 public:
  /// What is expected of each route — its success, its own refusals, every failure — exists from
  /// here on. Rarer answers (HEAD, what the protocol refuses) are made when first seen.
  RequestMetrics(telemetry::Metrics& metrics, std::span<const Route* const> routes);

  /// `problem` counts for its code only when it is a failure (5xx).
  telemetry::Histogram& duration(const Route& route, Method method, int status,
                                 const ProblemType* problem);

  /// Calls visit(route, method, status, histogram) for each series that there is by now.
  template <typename Visit>
  void for_each(const Visit& visit) const {
    for (const auto& [route, all] : series_) {
      for (const Series& series : all) {
        const telemetry::Histogram* histogram = series.histogram.load(std::memory_order_acquire);
        if (histogram != nullptr) visit(*route, series.method, series.status, *histogram);
      }
    }
  }

 private:
  /// What an answer is counted under. The handle is null until the first such answer.
  struct Series {
    Method method = Method::kUnknown;
    int status = 0;
    std::string_view error_type;  // a literal
    std::atomic<telemetry::Histogram*> histogram{nullptr};
  };

  void prepare(const Route& route);
  telemetry::Histogram& make(const Route& route, Method method, int status,
                             std::string_view error_type);

  telemetry::Metrics& metrics_;
  std::unordered_map<const Route*, std::vector<Series>> series_;  // never changed once made
};

}  // namespace vigie::http
