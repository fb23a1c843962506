#include "server/http/handled.hpp"

#include <utility>

#include "telemetry/catalogue/log_events.hpp"

namespace vigie::http {

Response answer_of(Exchange& exchange, domain::Result<Response> result, telemetry::Log& log) {
  exchange.is_handled = true;
  if (result) return *std::move(result);
  domain::Error error = std::move(result).error();
  if (error.code == domain::Code::kInternal) {
    namespace attributes = telemetry::attributes;
    log.write(telemetry::log_events::kInternalError,
              context_of(exchange.context.trace, exchange.context.correlation_id),
              {{attributes::kErrorType, name_of(error.code)},
               {attributes::kHttpRoute, exchange.match.route->pattern},
               {attributes::kDetail, error.detail}});
    error.message.clear();
  }
  Problem problem = Problem::of(std::move(error));
  problem.retry_after_s = exchange.retry_after_s;
  return refuse(exchange, problem);
}

}  // namespace vigie::http
