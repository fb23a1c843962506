#include "server/storage/database.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>

#include "server/net/run_on.hpp"
#include "server/storage/lease_shares.hpp"
#include "server/storage/observation.hpp"
#include "server/storage/sql/transaction.hpp"
#include "server/storage/sqlstate.hpp"
#include "server/storage/statement_timeouts.hpp"
#include "server/storage/station.hpp"
#include "server/storage/transaction.hpp"
#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/catalogue/spans.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace vigie::storage {
namespace {

using domain::Code;
using Clock = std::chrono::steady_clock;

Answer failed(domain::Error error) {
  Answer answer;
  answer.error = std::move(error);
  return answer;
}

domain::Result<Rows> last_rows(Answer answer) {
  if (answer.error) return *std::move(answer.error);
  return std::move(answer.rows.back());
}

/// A lease, with the wait for it measured.
domain::Result<Lease> lease(Station& station, const domain::Context& context, Lane lane,
                            net::TimePoint deadline, Observation& observation) {
  const net::TimePoint began = Clock::now();
  telemetry::Span span(context.trace, telemetry::spans::kDbConnectionWait);
  span.set(telemetry::attributes::kDbSystemName, "postgresql");
  span.set(telemetry::attributes::kDbPoolName, "leased");
  domain::Result<Lease> leased = station.lease(lane, domain::Caller::of(context), deadline);
  if (!leased) span.error(domain::name_of(leased.error().code));
  observation.waited(Clock::now() - began);
  return leased;
}

/// Sends on a lease that may have lost its connection.
Answer ask(Station& station, const Lease& lease, std::span<const Statement> statements,
           net::TimePoint deadline) {
  Connection* const connection = lease.connection();
  if (connection != nullptr) return station.ask(*connection, statements, deadline);
  Answer answer = failed(error_of(Code::kUnavailable, "the connection was lost"));
  answer.is_lost = true;
  return answer;
}

bool has_passed(net::TimePoint deadline) { return deadline <= Clock::now(); }

domain::Error too_late() { return error_of(Code::kDeadlineExceeded, "before the query was sent"); }

}  // namespace

Database::Database(std::vector<std::reference_wrapper<net::EventLoop>> loops,
                   DatabaseOptions options, telemetry::Metrics& metrics, telemetry::Log& log)
    : loops_(std::move(loops)),
      options_(with_addresses(std::move(options))),
      log_(log),
      query_metrics_(std::make_unique<QueryMetrics>(metrics)),
      shared_metrics_(std::make_unique<PoolMetrics>(metrics, "shared")),
      leased_metrics_(std::make_unique<PoolMetrics>(metrics, "leased")),
      up_(metrics.gauge(telemetry::metrics::kDbUp)) {
  shared_metrics_->max.set(static_cast<double>(options_.shared_connections * loops_.size()));
  leased_metrics_->max.set(static_cast<double>(options_.leased_connections * loops_.size()));
  net::EventLoop& first = loops_.front();
  monitor_ = std::make_shared<HealthMonitor>(
      first, options_,
      [this](HealthMonitor::Health health, std::string_view why) {
        health_changed(health == HealthMonitor::Health::kUp, why);
      },
      [&offset = metrics.gauge(telemetry::metrics::kDbClockOffset),
       &age = metrics.gauge(telemetry::metrics::kDbTransactionAge)](
          const HealthMonitor::Facts& facts) {
        offset.set(facts.clock_offset_s);
        age.set(facts.transaction_age);
      });
  for (net::EventLoop& loop : loops_) make_station(loop);
  first.post([monitor = std::weak_ptr(monitor_)] {
    if (const auto self = monitor.lock()) self->open();
  });
}

void Database::make_station(net::EventLoop& loop) {
  net::EventLoop& home = loops_.front();
  const std::weak_ptr<HealthMonitor> monitor = monitor_;
  Station::Calls calls{.suspect =
                           [&home, monitor] {
                             home.post([monitor] {
                               if (const auto self = monitor.lock()) self->suspect();
                             });
                           },
                       .cancel =
                           [&home, &loop, monitor](int backend, HealthMonitor::Delivered done) {
                             home.post([&loop, monitor, backend, done = std::move(done)] {
                               const auto self = monitor.lock();
                               if (!self) return;
                               self->cancel(backend, [&loop, done](bool is_certain) {
                                 loop.post([done, is_certain] { done(is_certain); });
                               });
                             });
                           }};
  stations_.push_back(std::make_shared<Station>(loop, options_, *shared_metrics_, *leased_metrics_,
                                                std::move(calls)));
  loop.post([station = std::weak_ptr(stations_.back())] {
    if (const auto self = station.lock()) self->open();
  });
}

Database::~Database() {
  for (const auto& station : stations_) {
    net::close_on(station->loop(), [&] { station->close(); });
  }
  net::close_on(loops_.front(), [&] { monitor_->close(); });
  // What the loops had sent each other meanwhile runs before this.
  for (net::EventLoop& loop : loops_) net::close_on(loop, [] {});
}

bool Database::is_up() const noexcept { return monitor_->health() == HealthMonitor::Health::kUp; }

void Database::health_changed(bool is_up, std::string_view why) {
  const bool was_up = up_.value() > 0;
  up_.set(is_up ? 1 : 0);
  for (const auto& station : stations_) {
    station->loop().post([self = std::weak_ptr(station), is_up, reason = std::string(why)] {
      if (const auto target = self.lock()) target->set_down(!is_up, reason);
    });
  }
  const std::string_view unavailable = domain::name_of(Code::kUnavailable);
  if (!is_up) {
    log_.write(
        telemetry::log_events::kDbUnavailable, {},
        {{telemetry::attributes::kErrorType, unavailable}, {telemetry::attributes::kDetail, why}});
  } else if (!was_up) {
    log_.write(telemetry::log_events::kDbRecovered, {}, {});
  }
}

Database::Share Database::share(SharedPool pool) const {
  Share sum;
  for (const auto& station : stations_) {
    const auto shares = station->shares();
    const LeaseShares::Pool& of = pool == SharedPool::kSlow ? shares->slow : shares->leased;
    const domain::SharePool::Load held = of.connections.load();
    const domain::SharePool::Load waiting = of.waiting.load();
    sum.name = of.connections.name();
    sum.places += of.connections.limits().places;
    sum.share = of.connections.limits().per_address;
    sum.load.held += held.held;
    sum.load.largest_of_address = std::max(sum.load.largest_of_address, held.largest_of_address);
    for (std::size_t why = 0; why < waiting.refused.size(); ++why) {
      sum.load.refused[why] += waiting.refused[why];
    }
  }
  return sum;
}

Station& Database::station() { return *stations_.at(net::EventLoop::current()->index()); }

domain::Result<Rows> Database::exec(const domain::Context& context, const Query& query,
                                    const Parameters& parameters) {
  const Statement statement{query, parameters};
  const auto transaction = transaction_of(context, *this);
  if (!transaction) return transaction.error();
  if (*transaction != nullptr) {
    auto rows = (*transaction)->exec(context, query, {&statement, 1});
    if (!rows) return std::move(rows).error();
    return std::move(rows->back());
  }
  return last_rows(query.lane == Lane::kShared ? exec_shared(context, statement)
                                               : exec_leased(context, statement));
}

Answer Database::exec_shared(const domain::Context& context, const Statement& statement) {
  Observation observation(log_, *query_metrics_, context, statement.query, "shared");
  const net::TimePoint deadline = deadline_of(context, options_);
  const auto attempt = [&] {
    if (has_passed(deadline)) return failed(too_late());
    auto connection = station().pick_shared(deadline);
    if (!connection) return failed(std::move(connection).error());
    return station().ask(**connection, {&statement, 1}, deadline);
  };
  Answer answer = attempt();
  if (answer.is_lost && statement.query.is_read) {
    observation.retried(answer);
    answer = attempt();
  }
  observation.end(answer);
  return answer;
}

Answer Database::exec_leased(const domain::Context& context, const Statement& statement) {
  Observation observation(log_, *query_metrics_, context, statement.query, "leased");
  const net::TimePoint deadline = deadline_of(context, options_);
  const auto attempt = [&] {
    if (has_passed(deadline)) return failed(too_late());
    auto leased = lease(station(), context, statement.query.lane, deadline, observation);
    if (!leased) return failed(std::move(leased).error());
    const Parameters timeouts = timeouts_until(deadline, options_, statement.query.is_by_index);
    const std::array statements{Statement{sql::transaction::kSetTimeouts, timeouts}, statement};
    return ask(station(), *leased, statements, deadline);
  };
  Answer answer = attempt();
  if (answer.is_lost && statement.query.is_read) {
    observation.retried(answer);
    answer = attempt();
  }
  observation.end(answer);
  return answer;
}

Answer Database::exec_on(const Lease& lease, const domain::Context& context, const Query& named,
                         std::span<const Statement> statements) {
  Observation observation(log_, *query_metrics_, context, named, "leased");
  const net::TimePoint deadline = deadline_of(context, options_);
  Answer answer =
      has_passed(deadline) ? failed(too_late()) : ask(station(), lease, statements, deadline);
  observation.end(answer);
  return answer;
}

domain::Result<Database::Begun> Database::begin(const domain::Context& context, const Query& named,
                                                std::span<const Statement> first) {
  Observation observation(log_, *query_metrics_, context, named, "leased");
  const net::TimePoint deadline = deadline_of(context, options_);
  const auto refuse = [&](domain::Error error) {
    Answer answer = failed(std::move(error));
    observation.end(answer);
    return *std::move(answer.error);
  };
  if (has_passed(deadline)) return refuse(too_late());
  auto leased = lease(station(), context, Lane::kWrite, deadline, observation);
  if (!leased) return refuse(std::move(leased).error());

  const Parameters none;
  const Parameters timeouts = timeouts_until(deadline, options_);
  std::vector<Statement> statements{{sql::transaction::kBegin, none},
                                    {sql::transaction::kSetTimeouts, timeouts}};
  for (const Statement& statement : first) statements.push_back(statement);
  statements.push_back({sql::transaction::kSavepoint, none});
  Answer answer = ask(station(), *leased, statements, deadline);
  observation.end(answer);
  if (answer.error) return *std::move(answer.error);

  Begun begun;
  begun.rows.assign(std::make_move_iterator(answer.rows.begin() + 2),
                    std::make_move_iterator(answer.rows.end() - 1));
  begun.transaction = std::make_unique<Transaction>(*this, *std::move(leased), context);
  return begun;
}

}  // namespace vigie::storage
