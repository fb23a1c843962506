#pragma once

#include "server/domain/result.hpp"
#include "server/http/exchange.hpp"
#include "telemetry/log.hpp"

namespace vigie::http {

/// The answer of a handler, or the problem document of why there is none. An internal error's
/// `detail` goes to the log, and no error's to the client.
Response answer_of(Exchange& exchange, domain::Result<Response> result, telemetry::Log& log);

}  // namespace vigie::http
