#include "server/http/sampling_handlers.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/domain/field_faults.hpp"
#include "server/http/answers.hpp"
#include "server/http/object_reader.hpp"
#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/config.hpp"
#include "telemetry/json_writer.hpp"

namespace vigie::http {
namespace {

/// What is to change.
struct Change {
  std::optional<double> ratio;
  std::vector<std::pair<std::size_t, SlowThresholds::Milliseconds>> slow;  // by row
};

Response sampling_answer(const AdminDependencies& given) {
  const telemetry::Sampler& sampler = given.instruments.tracer.sampler();
  const SlowThresholds& slow = given.slow_thresholds;
  telemetry::JsonWriter json;
  json.begin_object()
      .member("sampler", telemetry::name_of(sampler.kind()))
      .member("ratio", sampler.ratio());
  json.key("slow_ms").begin_object();
  for (std::size_t row = 0; row < slow.operations().size(); ++row) {
    json.member(slow.operations()[row], slow.at(row).count());
  }
  json.end_object().end_object();
  return json_answer(200, json.take(), caching::kNever);
}

void read_slow(const JsonValue& value, const SlowThresholds& slow, domain::FieldFaults& faults,
               Change& change) {
  ObjectReader reader(value, "/slow_ms", faults);
  for (std::size_t row = 0; row < slow.operations().size(); ++row) {
    const std::string_view operation = slow.operations()[row];
    const auto limit_ms = reader.integer(operation, Presence::kOptional);
    if (!limit_ms) continue;
    if (*limit_ms < 0 || *limit_ms > SlowThresholds::kMax.count()) {
      faults.add(reader.pointer_of(operation), "must be from 0, for never, to 600000");
    }
    change.slow.emplace_back(row, *limit_ms);
  }
  reader.finish();
}

Change read_change(const JsonValue& json, const SlowThresholds& slow, domain::FieldFaults& faults) {
  Change change;
  ObjectReader reader(json, "", faults);
  change.ratio = reader.number("ratio", Presence::kOptional);
  if (change.ratio && !(*change.ratio >= 0 && *change.ratio <= 1)) {
    faults.add("/ratio", "must be from 0 to 1");
  }
  if (const JsonValue* value = reader.member("slow_ms")) read_slow(*value, slow, faults, change);
  reader.finish();
  return change;
}

/// Applies the change, and writes a line for each setting.
class Settings {
 public:
  Settings(const AdminDependencies& given, const Exchange& exchange)
      : given_(given), exchange_(exchange) {}

  void ratio(double ratio) const {
    given_.instruments.tracer.sampler().set_ratio(ratio);
    telemetry::JsonWriter text;
    text.value(ratio);
    say("sampling.ratio", text.view());
  }

  void slow(std::size_t row, SlowThresholds::Milliseconds threshold) const {
    given_.slow_thresholds.set(row, threshold);
    say("sampling.slow_ms." + std::string(given_.slow_thresholds.operations()[row]),
        std::to_string(threshold.count()));
  }

 private:
  void say(std::string_view name, std::string_view value) const {
    namespace attributes = telemetry::attributes;
    given_.instruments.log.write(
        telemetry::log_events::kConfigChanged,
        context_of(exchange_.context.trace, exchange_.context.correlation_id),
        {{attributes::kSettingName, name}, {attributes::kSettingValue, value}});
  }

  const AdminDependencies& given_;
  const Exchange& exchange_;
};

}  // namespace

domain::Result<Response> show_sampling(AdminResources& resources, Exchange& /*exchange*/) {
  return sampling_answer(resources.given);
}

domain::Result<Response> change_sampling(AdminResources& resources, Exchange& exchange) {
  domain::FieldFaults faults;
  const Change change = read_change(exchange.json, resources.given.slow_thresholds, faults);
  if (auto found = std::move(faults).take(); !found.empty()) {
    return domain::validation_error(std::move(found));
  }
  const Settings settings(resources.given, exchange);
  if (change.ratio) settings.ratio(*change.ratio);
  for (const auto& [row, threshold] : change.slow) settings.slow(row, threshold);
  return sampling_answer(resources.given);
}

}  // namespace vigie::http
