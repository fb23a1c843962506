#include "server/storage/pipeline.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "server/storage/sqlstate.hpp"

namespace vigie::storage {
namespace {

constexpr int kBinary = 1;

/// The values of a statement in the shape libpq wants them.
struct Arguments {
  explicit Arguments(const Parameters& parameters) : count(static_cast<int>(parameters.size())) {
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const Parameters::Slot slot = parameters.slot(i);
      types[i] = slot.type;
      values[i] = slot.data;
      lengths[i] = slot.length;
      formats[i] = kBinary;
    }
  }

  int count;
  std::array<Oid, Parameters::kMax> types;
  std::array<const char*, Parameters::kMax> values;
  std::array<int, Parameters::kMax> lengths;
  std::array<int, Parameters::kMax> formats;
};

std::string prepared_name(StatementId statement) { return "s" + std::to_string(statement); }

std::string_view field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text != nullptr ? text : "";
}

void answer_lost(Reply& reply, const domain::Error& error) {
  // What the server said before it closed the connection says more than that it did.
  if (!reply.error) reply.error = error;
  reply.is_lost = true;
  reply.done();
}

}  // namespace

Pipeline::Pipeline(pg_conn* connection, std::size_t prepared_max)
    : connection_(connection), prepared_max_(prepared_max) {}

bool Pipeline::send(std::span<const Statement> statements, Reply* reply) {
  if (flights_.empty()) waiting_since_ = std::chrono::steady_clock::now();
  flights_.push_back({.number = ++last_flight_, .reply = reply});
  for (const Statement& statement : statements) {
    if (!send(statement)) return false;
  }
  commands_.push_back({Step::kSync, 0});
  return PQpipelineSync(connection_) == 1;
}

bool Pipeline::send(const Statement& statement) {
  const auto& [query, parameters] = statement;
  const Arguments arguments(parameters);
  const StatementId id = query.statement;
  const bool is_known = id != 0 && prepared_.contains(id);
  if (id == 0 || (!is_known && prepared_.size() >= prepared_max_)) {
    commands_.push_back({Step::kRun, id});
    return PQsendQueryParams(connection_, std::string(query.sql).c_str(), arguments.count,
                             arguments.types.data(), arguments.values.data(),
                             arguments.lengths.data(), arguments.formats.data(), kBinary) == 1;
  }
  if (!is_known && !prepare(query, parameters)) return false;
  commands_.push_back({Step::kRun, id});
  return PQsendQueryPrepared(connection_, prepared_name(id).c_str(), arguments.count,
                             arguments.values.data(), arguments.lengths.data(),
                             arguments.formats.data(), kBinary) == 1;
}

bool Pipeline::prepare(const Query& query, const Parameters& parameters) {
  const Arguments arguments(parameters);
  prepared_.insert(query.statement);
  commands_.push_back({Step::kPrepare, query.statement});
  return PQsendPrepare(connection_, prepared_name(query.statement).c_str(),
                       std::string(query.sql).c_str(), arguments.count,
                       arguments.types.data()) == 1;
}

bool Pipeline::receive() {
  const bool is_open = PQconsumeInput(connection_) == 1;
  waiting_since_ = std::chrono::steady_clock::now();
  while (!commands_.empty() && PQisBusy(connection_) == 0) {
    PGresult* result = PQgetResult(connection_);
    if (result != nullptr) {
      take(result);
      continue;
    }
    // The end of a statement's results. A Sync has none, so this cannot be one.
    if (commands_.front().step == Step::kSync) return false;
    commands_.pop_front();
  }
  return is_open && PQstatus(connection_) == CONNECTION_OK;
}

void Pipeline::take(pg_result* raw) {
  Rows result(raw);
  const Command command = commands_.front();
  switch (PQresultStatus(raw)) {
    case PGRES_PIPELINE_SYNC:
      commands_.pop_front();
      finish_flight();
      return;
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
      if (command.step == Step::kRun && flights_.front().reply != nullptr) {
        flights_.front().reply->rows.push_back(std::move(result));
      }
      return;
    default:
      // Failed, or skipped because a statement before it in the flight failed.
      if (command.step == Step::kPrepare) prepared_.erase(command.statement);
      if (PQresultStatus(raw) == PGRES_FATAL_ERROR) take_error(std::move(result));
  }
}

void Pipeline::take_error(Rows result) {
  Flight& flight = flights_.front();
  if (std::exchange(flight.has_failed, true) || flight.reply == nullptr) return;
  const PGresult* raw = result.get();
  const std::string_view sqlstate = field(raw, PG_DIAG_SQLSTATE);
  Reply& reply = *flight.reply;
  reply.sqlstate = sqlstate;
  reply.error = sqlstate.empty() ? error_of(domain::Code::kUnavailable, PQresultErrorMessage(raw))
                                 : error_of({.sqlstate = sqlstate,
                                             .constraint = field(raw, PG_DIAG_CONSTRAINT_NAME),
                                             .message = field(raw, PG_DIAG_MESSAGE_PRIMARY)});
  const bool was_cancelled_for_another = sqlstate == kQueryCanceled && flight.may_be_cancelled;
  reply.is_lost = sqlstate.empty() || sqlstate == kInvalidStatementName || ends_session(sqlstate) ||
                  was_cancelled_for_another;
}

void Pipeline::finish_flight() {
  Reply* const reply = flights_.front().reply;
  flights_.pop_front();
  if (reply != nullptr) reply->done();
}

Pipeline::Flush Pipeline::flush() {
  const int left = PQflush(connection_);
  if (left < 0) return Flush::kBroken;
  return left == 0 ? Flush::kDone : Flush::kPending;
}

Pipeline::FlightNumber Pipeline::abandon(const Reply& reply) {
  const auto flight = std::find_if(flights_.begin(), flights_.end(),
                                   [&](const Flight& each) { return each.reply == &reply; });
  flight->reply = nullptr;
  return flight->number;
}

bool Pipeline::is_in_flight(FlightNumber flight) const noexcept {
  return !flights_.empty() && flights_.front().number <= flight;
}

bool Pipeline::is_executing(FlightNumber flight) const noexcept {
  return !flights_.empty() && flights_.front().number == flight;
}

void Pipeline::expect_cancel() {
  for (Flight& flight : flights_) flight.may_be_cancelled = true;
}

void Pipeline::lose(const domain::Error& error) {
  commands_.clear();
  std::deque<Flight> flights;
  flights.swap(flights_);
  for (const Flight& flight : flights) {
    if (flight.reply != nullptr) answer_lost(*flight.reply, error);
  }
}

}  // namespace vigie::storage
