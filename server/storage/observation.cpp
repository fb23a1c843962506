#include "server/storage/observation.hpp"

#include <numeric>
#include <optional>

#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/catalogue/span_events.hpp"
#include "telemetry/catalogue/spans.hpp"
#include "telemetry/log.hpp"

namespace vigie::storage {

namespace attributes = telemetry::attributes;
using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

Observation::Observation(telemetry::Log& log, QueryMetrics& metrics, const domain::Context& context,
                         const Query& query, std::string_view pool)
    : log_(log),
      metrics_(metrics),
      context_(context),
      query_(query),
      began_(Clock::now()),
      span_(context.trace, telemetry::spans::kDbQuery) {
  if (!span_.is_recording()) return;
  span_.name(query.name);
  span_.set(attributes::kDbSystemName, "postgresql");
  span_.set(attributes::kDbQuerySummary, query.name);
  span_.set(attributes::kDbOperationName, query.operation);
  span_.set(attributes::kDbPoolName, pool);
}

void Observation::waited(Clock::duration time) {
  span_.set(attributes::kConnectionWait, Seconds(time).count());
}

void Observation::retried(const Answer& answer) {
  if (!answer.error) return;
  span_.event(telemetry::span_events::kDbRetry,
              {{attributes::kErrorType, domain::name_of(answer.error->code)}});
}

void Observation::end(const Answer& answer) {
  const bool has_failed = answer.error.has_value();
  const auto code = has_failed ? std::optional(answer.error->code) : std::nullopt;
  metrics_.duration(query_, code).observe(Seconds(Clock::now() - began_).count(), context_.trace);
  if (span_.is_recording()) {
    const int rows = std::accumulate(answer.rows.begin(), answer.rows.end(), 0,
                                     [](int sum, const Rows& each) { return sum + each.count(); });
    span_.set(attributes::kDbReturnedRows, rows);
    if (!answer.sqlstate.empty()) span_.set(attributes::kDbResponseStatusCode, answer.sqlstate);
    if (has_failed) span_.error(domain::name_of(*code));
  }
  if (code == domain::Code::kInternal) write_log(answer);
}

/// Only what nobody expected is worth a line: an outage is told of once, by the health monitor.
void Observation::write_log(const Answer& answer) {
  log_.write(telemetry::log_events::kDbQueryFailed,
             telemetry::context_of(context_.trace, context_.correlation_id),
             {{attributes::kDbQuerySummary, query_.name},
              {attributes::kDbResponseStatusCode, answer.sqlstate},
              {attributes::kErrorType, domain::name_of(answer.error->code)},
              {attributes::kDetail, answer.error->detail}});
}

}  // namespace vigie::storage
