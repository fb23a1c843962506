#include "server/storage/sqlstate.hpp"

#include <array>
#include <utility>

namespace vigie::storage {
namespace {

using domain::Code;

struct StateCode {
  std::string_view prefix;  // a whole SQLSTATE or its beginning; the first match counts
  Code code;
};

// clang-format off
constexpr auto kStateCodes = std::to_array<StateCode>({
    {"57014", Code::kDeadlineExceeded},  // query_canceled: by us, or statement_timeout
    {"57P", Code::kUnavailable},         // admin_shutdown, crash_shutdown, cannot_connect_now, …
    {"08", Code::kUnavailable},          // connection_exception
    {"25006", Code::kUnavailable},       // read_only_sql_transaction: a standby, mid-failover
    {"25P03", Code::kUnavailable},       // idle_in_transaction_session_timeout
    {"53", Code::kOverloaded},           // insufficient_resources
    {"55P03", Code::kOverloaded},        // lock_not_available: lock_timeout
    {"40", Code::kOverloaded},           // transaction_rollback: deadlock, serialization
    {"22021", Code::kValidationFailed},  // character_not_in_repertoire: NUL in a text
});

struct ConstraintCode {
  std::string_view constraint;
  Code code;
};
constexpr auto kConstraintCodes = std::to_array<ConstraintCode>({
    {"accounts_email_key", Code::kEmailTaken},
    {"jobs_unique_key", Code::kStatusChangeNotAllowed},
});
// clang-format on

Code code_of(const Failure& failure) {
  for (const auto& [constraint, code] : kConstraintCodes) {
    if (failure.constraint == constraint) return code;
  }
  for (const auto& [prefix, code] : kStateCodes) {
    if (failure.sqlstate.starts_with(prefix)) return code;
  }
  return Code::kInternal;
}

/// Texts for the client: they say what to do, and nothing of how things are stored.
std::string_view message_of(Code code) {
  switch (code) {
    case Code::kEmailTaken:
      return "An account with this e-mail exists.";
    case Code::kStatusChangeNotAllowed:
      return "Another job with its unique key waits or runs.";
    case Code::kUnavailable:
      return "The service cannot reach its store at the moment; try again shortly.";
    case Code::kOverloaded:
      return "The service is busy; try again shortly.";
    case Code::kDeadlineExceeded:
      return "The request took too long.";
    case Code::kValidationFailed:
      return "A text holds a character that cannot be stored.";
    default:
      return "Something went wrong on our side.";
  }
}

/// Of a data exception (class 22) what stands before the value, which it quotes and which is the
/// client's.
std::string_view told_of(const Failure& failure) {
  const std::string_view message = failure.message;
  return failure.sqlstate.starts_with("22") ? message.substr(0, message.find('"')) : message;
}

}  // namespace

domain::Error error_of(const Failure& failure) {
  std::string detail(failure.sqlstate);
  const std::string_view message = told_of(failure);
  if (!message.empty()) detail.append(detail.empty() ? "" : ": ").append(message);
  return error_of(code_of(failure), std::move(detail));
}

domain::Error error_of(domain::Code code, std::string detail) {
  return {.code = code, .message = std::string(message_of(code)), .detail = std::move(detail)};
}

bool ends_session(std::string_view sqlstate) noexcept {
  return sqlstate.starts_with("57P") || sqlstate.starts_with("08") || sqlstate == "25P03";
}

}  // namespace vigie::storage
