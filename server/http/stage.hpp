#pragma once

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

}  // namespace vigie::http
