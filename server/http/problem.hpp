#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/domain/result.hpp"
#include "server/http/message.hpp"
#include "server/http/problem_type.hpp"
#include "telemetry/trace_context.hpp"

namespace vigie::http {

/// A refusal on its way to the client. Holds nothing that a client must not read.
struct Problem {
  const ProblemType* type = &problems::of(domain::Code::kInternal);
  /// What happened this time, for people.
  std::string detail;
  std::vector<domain::FieldFault> faults;
  /// 0: that of the type.
  int retry_after_s = 0;

  /// Leaves the error's `detail` behind: it is for the log.
  static Problem of(domain::Error error);
};

/// What ties a problem document to the request's telemetry: the ids to quote to support. A view of
/// the exchange, which outlives it.
struct ProblemIds {
  std::string_view correlation_id;
  telemetry::TraceId trace_id{};
  /// Its kind is explained there, at an anchor of its code.
  std::string_view problems_page = "/api/v1/docs";
};

/// A problem document of RFC 9457 with the members code, correlation_id, trace_id and, when fields
/// are at fault, errors; Retry-After and WWW-Authenticate as the status asks for.
Response problem_response(const Problem& problem, const ProblemIds& ids);

/// Every kind of problem there is, for the API description.
std::vector<const ProblemType*> all_problem_types();

}  // namespace vigie::http
