#pragma once

#include <optional>

#include "server/http/exchange.hpp"
#include "server/http/message.hpp"

namespace vigie::http {

/// One position of the pipeline: does its one thing around, before, or instead of the next.
/// Thread-safe; may wait, on the request's fiber.
class Stage {
 public:
  virtual ~Stage() = default;
  virtual Response run(Exchange& exchange) = 0;
};

/// What a route does before anything of it is claimed. Thread-safe; may wait.
class FirstPhase {
 public:
  virtual ~FirstPhase() = default;
  /// Whether the route of the exchange has one.
  virtual bool has_preparation(const Exchange& exchange) const = 0;
  /// Runs it, once an exchange; the refusal, if it refused.
  virtual std::optional<Response> prepare(Exchange& exchange) = 0;
};

}  // namespace vigie::http
