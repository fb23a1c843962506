#pragma once

#include <string>
#include <string_view>

#include "server/domain/result.hpp"

namespace vigie::storage {

/// What PostgreSQL said of a failed statement. Empty fields are unknown. It views libpq's result.
struct Failure {
  std::string_view sqlstate;
  std::string_view constraint;
  std::string_view message;
};

/// The only place where an SQLSTATE becomes a Code. The text of the server goes to `detail`.
domain::Error error_of(const Failure& failure);

/// The error of a code that storage itself refuses with.
domain::Error error_of(domain::Code code, std::string detail);

/// True when a transaction lost against another one (deadlock, serialization), had no effect, and
/// may succeed when it is begun anew: of class 40 all but 40003, after which nobody knows.
bool may_repeat(std::string_view sqlstate) noexcept;

/// True when the server ended the session with this state: as good as a lost connection.
bool ends_session(std::string_view sqlstate) noexcept;

inline constexpr std::string_view kQueryCanceled = "57014";
/// The statement was never prepared here, because preparing it was cut off: nothing was executed.
inline constexpr std::string_view kInvalidStatementName = "26000";

}  // namespace vigie::storage
