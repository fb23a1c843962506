#pragma once

#include "server/http/stage.hpp"

namespace vigie::http {

/// Reads the content and parses it. Where the route takes none, it sees to it that there is none.
class Received : public Stage {
 public:
  explicit Received(Stage& next) : next_(next) {}
  Response run(Exchange& exchange) override;

 private:
  Stage& next_;
};

}  // namespace vigie::http
