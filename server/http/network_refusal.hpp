#pragma once

#include <string_view>

#include "server/http/application.hpp"
#include "server/http/route.hpp"

namespace vigie::http {

/// How a refusal of the network layer is answered, and under which name it is counted.
struct NetworkRefusal {
  const Route* route;
  const ProblemType* problem;
  /// Nothing that follows on the connection can be understood, or shall be.
  bool must_close;
  /// More than the problem's title says; a literal.
  std::string_view detail = {};
};

const NetworkRefusal& network_refusal(Refusal reason) noexcept;

}  // namespace vigie::http
