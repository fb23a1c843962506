#include "server/http/guarded.hpp"

#include <exception>
#include <typeinfo>

#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/catalogue/span_events.hpp"
#include "telemetry/trace.hpp"

namespace vigie::http {

Response Guarded::run(Exchange& exchange) {
  try {
    return next_.run(exchange);
  } catch (const std::exception& exception) {
    return fail(exchange, typeid(exception).name(), exception.what());
  } catch (...) {
    return fail(exchange, "unknown", "not a std::exception");
  }
}

Response Guarded::fail(Exchange& exchange, const char* type, const char* message) {
  namespace attributes = telemetry::attributes;
  if (exchange.context.trace != nullptr) {
    exchange.context.trace->event(
        telemetry::span_events::kException,
        {{attributes::kExceptionType, type}, {attributes::kExceptionMessage, message}});
  }
  const ProblemType& problem = problems::of(domain::Code::kInternal);
  log_.write(telemetry::log_events::kInternalError,
             context_of(exchange.context.trace, exchange.context.correlation_id),
             {{attributes::kErrorType, problem.code},
              {attributes::kExceptionType, type},
              {attributes::kExceptionMessage, message},
              {attributes::kHttpRoute, exchange.match.route->pattern}});
  return refuse(exchange, problem);
}

}  // namespace vigie::http
