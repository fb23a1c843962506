#pragma once

#include "server/http/instruments.hpp"
#include "server/http/stage.hpp"

namespace vigie::http {

/// Catches whatever the stages within throw, once, tells the log, and answers 500 without a word of
/// what it was.
class Guarded : public Stage {
 public:
  Guarded(telemetry::Log& log, Stage& next) : log_(log), next_(next) {}
  Response run(Exchange& exchange) override;

 private:
  Response fail(Exchange& exchange, const char* type, const char* message);

  telemetry::Log& log_;
  Stage& next_;
};

}  // namespace vigie::http
