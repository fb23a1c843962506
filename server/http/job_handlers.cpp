#include "server/http/job_handlers.hpp"

#include <array>
#include <charconv>
#include <optional>

#include "server/domain/job_desk.hpp"
#include "server/http/answers.hpp"
#include "server/http/job_json.hpp"
#include "server/http/query_filter.hpp"
#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/log_events.hpp"

namespace vigie::http {
namespace {

using Answer = domain::Result<Response>;
using domain::JobFilter;
using domain::JobRecord;

constexpr std::size_t kLimitMax = 1000;

bool read_state(const std::string& value, JobFilter& filter) {
  filter.state = domain::parse_job_state(value);
  return filter.state.has_value();
}
bool read_lane(const std::string& value, JobFilter& filter) {
  filter.lane = domain::parse_job_lane(value);
  return filter.lane.has_value();
}
bool read_kind(const std::string& value, JobFilter& filter) {
  filter.kind = value;
  return !value.empty();
}
bool read_before(const std::string& value, JobFilter& filter) {
  filter.before = domain::JobId::parse(value);
  return filter.before.has_value();
}
bool read_limit(const std::string& value, JobFilter& filter) {
  const char* const end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, filter.limit);
  return error == std::errc{} && stop == end && filter.limit > 0 && filter.limit <= kLimitMax;
}

constexpr std::array<FilterParameter<JobFilter>, 5> kParameters = {{
    {"state", read_state, "must be ready, scheduled, running or failed"},
    {"lane", read_lane, "must be high, low or external"},
    {"kind", read_kind, "must not be empty"},
    {"before", read_before, "must be the id of a job"},
    {"limit", read_limit, "must be an integer from 1 to 1000"},
}};

domain::Error no_such_job() { return {.code = domain::Code::kNotFound, .message = "No such job."}; }

Response job_answer(const JobRecord& record) {
  telemetry::JsonWriter json;
  write_job(record, json);
  return json_answer(200, json.take(), caching::kNever);
}

void tell(const AdminResources& resources, const Exchange& exchange,
          const telemetry::LogEventType& event, const JobRecord& record) {
  using namespace telemetry::attributes;
  resources.given.instruments.log.write(
      event, context_of(exchange.context.trace, exchange.context.correlation_id),
      {{kJobId, record.job.id.to_string()},
       {kJobKind, record.job.kind},
       {kJobLane, name_of(record.job.lane)}});
}

using Change = domain::Result<JobRecord> (domain::JobDesk::*)(const domain::Context&,
                                                              domain::JobId);

Answer change(AdminResources& resources, Exchange& exchange, Change change,
              const telemetry::LogEventType& event) {
  const auto id = domain::JobId::parse(exchange.match.parameters[0]);
  if (!id || resources.given.jobs == nullptr) return no_such_job();
  const auto changed = (resources.given.jobs->*change)(exchange.context, *id);
  if (!changed) return changed.error();
  tell(resources, exchange, event, *changed);
  return job_answer(*changed);
}

}  // namespace

Answer list_jobs(AdminResources& resources, Exchange& exchange) {
  // The router has refused invalid escapes.
  const auto given = parse_query(exchange.request.query).value_or(QueryParameters{});
  const auto filter = read_filter<JobFilter>(given, kParameters);
  if (!filter) return filter.error();
  telemetry::JsonWriter json;
  json.begin_object().key("items").begin_array();
  if (resources.given.jobs != nullptr) {
    const auto records = resources.given.jobs->list(exchange.context, *filter);
    if (!records) return records.error();
    for (const JobRecord& record : *records) write_job(record, json);
  }
  json.end_array().end_object();
  return json_answer(200, json.take(), caching::kNever);
}

Answer show_job(AdminResources& resources, Exchange& exchange) {
  const auto id = domain::JobId::parse(exchange.match.parameters[0]);
  if (!id || resources.given.jobs == nullptr) return no_such_job();
  const auto record = resources.given.jobs->find(exchange.context, *id);
  if (!record) return record.error();
  if (!*record) return no_such_job();
  return job_answer(**record);
}

Answer retry_job(AdminResources& resources, Exchange& exchange) {
  return change(resources, exchange, &domain::JobDesk::release,
                telemetry::log_events::kJobReleased);
}

Answer discard_job(AdminResources& resources, Exchange& exchange) {
  return change(resources, exchange, &domain::JobDesk::discard,
                telemetry::log_events::kJobDiscarded);
}

}  // namespace vigie::http
