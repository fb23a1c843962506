#pragma once

#include "server/http/stage.hpp"

namespace vigie::http {

/// Reads the content, where the route takes one, and parses it.
class Received : public Stage {
 public:
  explicit Received(Stage& next) : next_(next) {}
  Response run(Exchange& exchange) override;

 private:
  Stage& next_;
};

}  // namespace vigie::http
