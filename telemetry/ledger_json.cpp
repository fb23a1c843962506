#include "telemetry/ledger_json.hpp"

#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/json_writer.hpp"
#include "telemetry/ledger.hpp"

namespace vigie::telemetry {
namespace {

void write_account(JsonWriter& json, const Account& account) {
  json.begin_object()
      .member("created", account.created)
      .member("exported", account.exported)
      .member("sampled_out", account.sampled_out);
  json.key("dropped").begin_object();
  for (std::size_t i = 0; i < kDropReasonCount; ++i) {
    json.member(metrics::kDropReasons[i], account.dropped[i]);
  }
  json.end_object();
  json.member("queued", account.queued).member("spooled", account.spooled).end_object();
}

}  // namespace

std::string ledger_json(const Ledger& ledger) {
  JsonWriter json;
  json.begin_object().key("signals").begin_object();
  for (const Signal signal : {Signal::kTraces, Signal::kLogs}) {
    json.key(name_of(signal));
    write_account(json, ledger.account(signal));
  }
  json.end_object().end_object();
  return json.take();
}

}  // namespace vigie::telemetry
