#pragma once

#include <string>

namespace vigie::telemetry {

class Ledger;

/// {"signals": {"traces": {"created": …, "exported": …, "sampled_out": …, "dropped": {reason: n},
/// "queued": …, "spooled": …}, "logs": …}}. Each signal's account is read as a whole.
std::string ledger_json(const Ledger& ledger);

}  // namespace vigie::telemetry
