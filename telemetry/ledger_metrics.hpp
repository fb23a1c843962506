#pragma once

namespace vigie::telemetry {

class Ledger;
class Metrics;

/// Shows the ledger as metrics, each signal's from one reading, so that every scrape is balanced.
/// The ledger outlives the last scrape.
void collect_ledger(Metrics& metrics, const Ledger& ledger);

}  // namespace vigie::telemetry
