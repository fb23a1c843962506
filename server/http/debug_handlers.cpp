#include "server/http/debug_handlers.hpp"

#include "server/http/answers.hpp"
#include "telemetry/ledger_json.hpp"

namespace vigie::http {

domain::Result<Response> show_ledger(AdminResources& resources, Exchange& /*exchange*/) {
  return json_answer(200, telemetry::ledger_json(resources.given.instruments.tracer.ledger()),
                     caching::kNever);
}

}  // namespace vigie::http
