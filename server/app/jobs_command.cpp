#include "server/app/jobs_command.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <iomanip>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "server/app/job_handlers.hpp"
#include "server/app/options.hpp"
#include "server/app/suggestion.hpp"
#include "server/domain/rfc3339.hpp"
#include "server/http/job_json.hpp"
#include "server/net/runtime.hpp"
#include "server/storage/database.hpp"
#include "server/storage/job_desk.hpp"
#include "telemetry/telemetry.hpp"

namespace vigie::app {
namespace {

using domain::JobRecord;

std::string text_of(const domain::Error& error) {
  return error.detail.empty() ? error.message : error.message + " (" + error.detail + ")";
}

constexpr std::chrono::seconds kTimeMax{15};
constexpr std::chrono::seconds kTimeMaxOfMany{120};

/// Runs `body` on a fiber that may use the desk.
void at_desk(const Config& config, std::chrono::seconds time_max,
             const std::function<void(domain::JobDesk&, const domain::Context&)>& body) {
  telemetry::SystemClock monotonic_clock;
  telemetry::Telemetry telemetry(silent_telemetry(), monotonic_clock);
  net::Runtime runtime({.reactor_count = 1, .name = "command"});
  storage::Database database(loops_of(runtime), database_options(config), telemetry.metrics(),
                             telemetry.log());
  storage::PgJobDesk desk(database);
  net::run_on_fiber(runtime, 0, [&] {
    domain::Context context;
    context.correlation_id = "command-line";
    context.deadline = std::chrono::steady_clock::now() + time_max;
    body(desk, context);
  });
}

template <typename Value>
std::optional<Value> parsed(const std::string& text,
                            std::optional<Value> (*parse)(std::string_view), const char* option) {
  if (text.empty()) return std::nullopt;
  const auto value = parse(text);
  if (!value) throw std::runtime_error(std::string(option) + " has no value " + text);
  return value;
}

domain::JobFilter filter_of(const JobsArguments& arguments) {
  return {.state = parsed<domain::JobState>(arguments.state, domain::parse_job_state, "--state"),
          .lane = parsed<domain::JobLane>(arguments.lane, domain::parse_job_lane, "--lane"),
          .kind = arguments.kind,
          .limit = arguments.limit};
}

void print_line(const JobRecord& record) {
  const domain::Job& job = record.job;
  std::cout << job.id.to_string() << ' ' << std::left << std::setw(9) << name_of(record.state)
            << ' ' << std::setw(8) << name_of(job.lane) << ' ' << std::setw(20) << job.kind << ' '
            << job.attempt << '/' << job.attempts_max << ' ' << domain::format_rfc3339(job.run_at);
  if (!record.error_code.empty()) {
    std::cout << ' ' << record.error_code << ": " << record.error_detail;
  }
  std::cout << '\n';
}

void print_json(const JobRecord& record) {
  telemetry::JsonWriter json;
  http::write_job(record, json);
  std::cout << json.take() << '\n';
}

void say_refused(const std::string& id, const domain::Error& error) {
  std::cerr << "vigie: " << id << ": " << text_of(error) << '\n';
}

/// Does `one` with each id. What is refused is said, and the rest is done.
int with_each(const Config& config, const JobsArguments& arguments,
              const std::function<domain::Result<JobRecord>(
                  domain::JobDesk&, const domain::Context&, domain::JobId)>& one) {
  int exit_code = EXIT_SUCCESS;
  at_desk(config, kTimeMax, [&](domain::JobDesk& desk, const domain::Context& context) {
    for (const std::string& text : arguments.ids) {
      const auto id = domain::JobId::parse(text);
      const domain::Result<JobRecord> done =
          id ? one(desk, context, *id)
             : domain::Error{.code = domain::Code::kNotFound, .message = "No such job."};
      if (done) continue;
      say_refused(text, done.error());
      exit_code = EXIT_FAILURE;
    }
  });
  return exit_code;
}

/// A kind that nobody knows and of which there was none: a misspelling, and not an empty list.
void refuse_unknown_kind(const std::string& kind) {
  const auto kinds = job_kinds();
  if (kind.empty() || std::ranges::find(kinds, kind) != kinds.end()) return;
  const std::vector<std::string_view> known(kinds.begin(), kinds.end());
  std::string listed;
  for (const std::string_view name : known) listed.append(listed.empty() ? "" : ", ").append(name);
  throw std::runtime_error("--kind " + kind + " is no kind of job" + did_you_mean(kind, known) +
                           "\nThere are " + listed + ".");
}

/// Does `change` with the failed jobs that are meant, and prints how many: `done`, as "retried".
int with_failed(const Config& config, const JobsArguments& arguments, domain::JobChange change,
                const char* done) {
  const domain::FailedJobs which{.kind = arguments.kind, .limit = arguments.batch_limit};
  int exit_code = EXIT_SUCCESS;
  at_desk(config, kTimeMaxOfMany, [&](domain::JobDesk& desk, const domain::Context& context) {
    const auto outcome = domain::change_failed(desk, context, which, change);
    if (!outcome) throw std::runtime_error(text_of(outcome.error()));
    if (outcome->changed.empty() && outcome->refused.empty()) refuse_unknown_kind(arguments.kind);
    for (const auto& refusal : outcome->refused) {
      say_refused(refusal.id.to_string(), refusal.error);
    }
    std::cout << outcome->changed.size() << ' ' << done << ", " << outcome->refused.size()
              << " refused" << (outcome->has_more ? ", more are left" : "") << '\n';
    if (!outcome->refused.empty()) exit_code = EXIT_FAILURE;
    if (!outcome->stopped_by) return;
    std::cerr << "vigie: the rest was not tried: " << text_of(*outcome->stopped_by) << '\n';
    exit_code = EXIT_FAILURE;
  });
  return exit_code;
}

int with_given(const Config& config, const JobsArguments& arguments, domain::JobChange change,
               const char* done) {
  if (arguments.ids.empty()) return with_failed(config, arguments, change, done);
  return with_each(config, arguments,
                   [change](domain::JobDesk& desk, const domain::Context& context,
                            domain::JobId id) { return (desk.*change)(context, id); });
}

}  // namespace

int list_jobs(const Config& config, const JobsArguments& arguments) {
  const domain::JobFilter filter = filter_of(arguments);
  at_desk(config, kTimeMax, [&](domain::JobDesk& desk, const domain::Context& context) {
    const auto records = desk.list(context, filter);
    if (!records) throw std::runtime_error(text_of(records.error()));
    for (const JobRecord& record : *records) print_line(record);
    if (!records->empty()) return;
    refuse_unknown_kind(arguments.kind);
    std::cout << "There are no such jobs.\n";
  });
  return EXIT_SUCCESS;
}

int show_jobs(const Config& config, const JobsArguments& arguments) {
  return with_each(config, arguments,
                   [](domain::JobDesk& desk, const domain::Context& context,
                      domain::JobId id) -> domain::Result<JobRecord> {
                     auto record = desk.find(context, id);
                     if (!record) return record.error();
                     if (!*record) {
                       return domain::Error{.code = domain::Code::kNotFound,
                                            .message = "No such job."};
                     }
                     print_json(**record);
                     return **std::move(record);
                   });
}

int retry_jobs(const Config& config, const JobsArguments& arguments) {
  return with_given(config, arguments, &domain::JobDesk::release, "retried");
}

int discard_jobs(const Config& config, const JobsArguments& arguments) {
  return with_given(config, arguments, &domain::JobDesk::discard, "discarded");
}

}  // namespace vigie::app
