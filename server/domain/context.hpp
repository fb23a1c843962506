#pragma once

#include <chrono>
#include <string_view>

#include "server/domain/principal.hpp"

namespace vigie::telemetry {
class Trace;
}

namespace vigie::domain {

class UnitOfWork;

/// What travels with a request or a job, from the pipeline down to the store. Passed by reference,
/// never global. Domain code reads `principal` and hands the rest on untouched.
struct Context {
  /// Spans of this request are collected here; null in tests that do not look at spans.
  telemetry::Trace* trace = nullptr;
  /// 1–128 characters of [A-Za-z0-9._-]; outlives the context.
  std::string_view correlation_id;
  /// Numeric address of whom the request is; empty when there is none. For telemetry and for shares
  /// (caller.hpp). Outlives the context.
  std::string_view client_address;
  /// Every wait below ends at this instant with Code::kDeadlineExceeded.
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  Principal principal;
  /// When set, stores take part in this transaction; otherwise each call is a transaction of its
  /// own.
  UnitOfWork* unit_of_work = nullptr;
};

}  // namespace vigie::domain
