#include "server/http/exchange.hpp"

#include <algorithm>

#include "telemetry/trace.hpp"

namespace vigie::http {

void Exchange::set_correlation_id(std::string_view id) noexcept {
  id.copy(correlation_id_.data(), correlation_id_.size());
  context.correlation_id =
      std::string_view(correlation_id_.data(), std::min(id.size(), correlation_id_.size()));
}

Response refuse(Exchange& exchange, const Problem& problem) {
  exchange.problem = problem.type;
  ProblemIds ids{.correlation_id = exchange.context.correlation_id,
                 .problems_page = exchange.problems_page};
  if (exchange.context.trace != nullptr) ids.trace_id = exchange.context.trace->trace_id();
  return problem_response(problem, ids);
}

Response refuse(Exchange& exchange, const ProblemType& type) {
  return refuse(exchange, Problem{.type = &type});
}

}  // namespace vigie::http
