#include "server/http/job_handlers.hpp"

#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <system_error>

#include "server/domain/failed_jobs.hpp"
#include "server/domain/field_faults.hpp"
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

constexpr std::size_t kLimitMax = domain::FailedJobs::kLimitMax;

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
bool read_count(const std::string& value, std::size_t& count) {
  const char* const end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, count);
  return error == std::errc{} && stop == end && count > 0 && count <= kLimitMax;
}
bool read_limit(const std::string& value, JobFilter& filter) {
  return read_count(value, filter.limit);
}

constexpr std::array<FilterParameter<JobFilter>, 5> kParameters = {{
    {"state", read_state, "must be ready, scheduled, running or failed"},
    {"lane", read_lane, "must be high, low or external"},
    {"kind", read_kind, "must not be empty"},
    {"before", read_before, "must be the id of a job"},
    {"limit", read_limit, "must be an integer from 1 to 1000"},
}};

/// Which failed ones: all of them only if that is said.
struct FailedFilter {
  domain::FailedJobs which;
  bool are_all = false;
};

bool read_kind_of_failed(const std::string& value, FailedFilter& filter) {
  filter.which.kind = value;
  return !value.empty();
}
bool read_all(const std::string& value, FailedFilter& filter) {
  filter.are_all = true;
  return value == "true";
}
bool read_limit_of_failed(const std::string& value, FailedFilter& filter) {
  return read_count(value, filter.which.limit);
}

constexpr std::array<FilterParameter<FailedFilter>, 3> kFailedParameters = {{
    {"kind", read_kind_of_failed, "must not be empty"},
    {"all", read_all, "must be true"},
    {"limit", read_limit_of_failed, "must be an integer from 1 to 1000"},
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

Answer change(AdminResources& resources, Exchange& exchange, domain::JobChange change,
              const telemetry::LogEventType& event) {
  const auto id = domain::JobId::parse(exchange.match.parameters[0]);
  if (!id || resources.given.jobs == nullptr) return no_such_job();
  const auto changed = (resources.given.jobs->*change)(exchange.context, *id);
  if (!changed) return changed.error();
  tell(resources, exchange, event, *changed);
  return job_answer(*changed);
}

domain::Result<domain::FailedJobs> read_failed(const Exchange& exchange) {
  // The router has refused invalid escapes.
  const auto given = parse_query(exchange.request.query).value_or(QueryParameters{});
  const auto filter = read_filter<FailedFilter>(given, kFailedParameters);
  if (!filter) return filter.error();
  if (filter->which.kind.empty() != filter->are_all) {
    return domain::validation_error({{"?kind", "must be given, or else all=true"}});
  }
  return filter->which;
}

Response outcome_answer(const domain::FailedJobsChange& outcome) {
  telemetry::JsonWriter json;
  json.begin_object().member("changed", outcome.changed.size()).key("refused").begin_array();
  for (const auto& refusal : outcome.refused) {
    json.begin_object()
        .member("id", refusal.id.to_string())
        .member("detail", refusal.error.message)
        .end_object();
  }
  json.end_array().member("has_more", outcome.has_more);
  if (outcome.stopped_by) json.member("stopped_by", outcome.stopped_by->message);
  json.end_object();
  return json_answer(200, json.take(), caching::kNever);
}

Answer change_all(AdminResources& resources, Exchange& exchange, domain::JobChange change,
                  const telemetry::LogEventType& event) {
  const auto which = read_failed(exchange);
  if (!which) return which.error();
  if (resources.given.jobs == nullptr) return outcome_answer({});
  const auto outcome =
      domain::change_failed(*resources.given.jobs, exchange.context, *which, change);
  if (!outcome) return outcome.error();
  if (outcome->changed.empty() && outcome->stopped_by) return *outcome->stopped_by;
  for (const JobRecord& changed : outcome->changed) tell(resources, exchange, event, changed);
  return outcome_answer(*outcome);
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

Answer retry_failed_jobs(AdminResources& resources, Exchange& exchange) {
  return change_all(resources, exchange, &domain::JobDesk::release,
                    telemetry::log_events::kJobReleased);
}

Answer discard_failed_jobs(AdminResources& resources, Exchange& exchange) {
  return change_all(resources, exchange, &domain::JobDesk::discard,
                    telemetry::log_events::kJobDiscarded);
}

}  // namespace vigie::http
