#include "server/storage/connection.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <random>
#include <utility>

#include "server/storage/sql/session.hpp"
#include "server/storage/sqlstate.hpp"

namespace vigie::storage {
namespace {

using std::chrono::milliseconds;

std::string count_of(milliseconds time) { return std::to_string(time.count()); }

/// A connection that has lived for less has not shown that the next one will live.
constexpr std::chrono::seconds kLifeMin{1};

/// Some up to a fifth shorter, so that the connections of many processes do not come back as one.
milliseconds with_jitter(milliseconds pause) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return pause - milliseconds(static_cast<long>(random() % 100) * pause.count() / 500);
}

}  // namespace

Connection::Connection(net::EventLoop& loop, const DatabaseOptions& options,
                       const SessionSettings& session, ConnectionOwner& owner)
    : loop_(loop), options_(options), session_(session), owner_(owner), watch_(loop) {
  configuration_.done = [this] { configured(); };
}

Connection::~Connection() = default;

void Connection::open() { connect(); }

void Connection::close() {
  state_ = State::kClosed;
  loop_.cancel(timer_);
  attempt_.reset();
  drop("the database was closed");
}

void Connection::hurry() {
  // Whoever asks for it meanwhile may wait for this attempt.
  failures_ = 0;
  if (state_ != State::kPausing) return;
  loop_.cancel(timer_);
  connect();
}

bool Connection::is_hopeful() const noexcept {
  return (state_ == State::kConnecting || state_ == State::kPausing) && failures_ == 0;
}

bool Connection::is_idle() const noexcept {
  return is_ready() && !is_broken_ && pipeline_->in_flight() == 0 && cancels_pending_ == 0;
}

bool Connection::is_in_transaction() const noexcept {
  return connection_ && PQtransactionStatus(connection_.get()) != PQTRANS_IDLE;
}

int Connection::backend() const noexcept {
  return connection_ ? PQbackendPID(connection_.get()) : 0;
}

milliseconds Connection::stalled_for(TimePoint now) const noexcept {
  if (in_flight() == 0) return milliseconds(0);
  return std::chrono::duration_cast<milliseconds>(now - pipeline_->waiting_since());
}

void Connection::send(std::span<const Statement> statements, Reply* reply) {
  is_broken_ |= !pipeline_->send(statements, reply);
  // Until a cancellation has been delivered, it may hit what is sent meanwhile.
  if (cancels_pending_ > 0) pipeline_->expect_cancel();
  if (std::exchange(is_flush_due_, true)) return;
  loop_.at_turn_end([this] {
    is_flush_due_ = false;
    if (pipeline_) update_interest();
  });
}

void Connection::cancel_begins() {
  ++cancels_pending_;
  pipeline_->expect_cancel();
}

void Connection::cancel_ended() {
  --cancels_pending_;
  tell_if_idle();
}

void Connection::lose(std::string why) {
  if (state_ == State::kClosed) return;
  if (state_ == State::kReady) count_life();
  drop(why);
  pause();
  owner_.connection_lost(*this, why);
}

void Connection::count_failure() {
  ++failures_;
  ++failed_attempts_;
}

/// A server or a pooler that drops its sessions soon after the first answer is forgiven once; then
/// the pauses grow as if it had not answered.
void Connection::count_life() {
  const bool was_long = std::chrono::steady_clock::now() - ready_at_ >= kLifeMin;
  short_lives_ = was_long ? 0 : short_lives_ + 1;
  if (short_lives_ > 1) failures_ = short_lives_ - 1;
}

void Connection::connect() {
  state_ = State::kConnecting;
  attempt_began_ = std::chrono::steady_clock::now();
  attempt_ = std::make_unique<ConnectAttempt>(
      loop_, options_, failed_attempts_, [this](OpenConnection connection, const std::string& why) {
        connected(std::move(connection), why);
      });
}

void Connection::connected(OpenConnection connection, const std::string& why) {
  const auto attempt = std::move(attempt_);  // is on the call stack
  const bool is_watched =
      connection != nullptr &&
      watch_.start(PQsocket(connection.get()), [this](net::Readiness) { socket_ready(); });
  if (!is_watched) {
    count_failure();
    return lose(connection == nullptr ? why : "out of file descriptors");
  }
  connection_ = std::move(connection);
  pipeline_ = std::make_unique<Pipeline>(connection_.get(), options_.prepared_statements_max);
  is_broken_ = false;
  configure();
}

void Connection::configure() {
  // The attempt counts as made when a first statement has been answered.
  timer_ = loop_.call_at(attempt_began_ + options_.connect_timeout, [this] {
    count_failure();
    lose("no answer within the connect timeout");
  });
  const Parameters parameters = Parameters()
                                    .text(count_of(session_.statement_timeout))
                                    .text(count_of(options_.lock_timeout))
                                    .text(count_of(options_.idle_in_transaction_timeout))
                                    .text(session_.plan_cache_mode);
  const Statement statement{sql::session::kConfigure, parameters};
  configuration_.rows.clear();
  configuration_.error.reset();
  send({&statement, 1}, &configuration_);
}

void Connection::configured() {
  loop_.cancel(timer_);
  if (configuration_.error || state_ != State::kConnecting) {
    is_broken_ = true;
    return;
  }
  state_ = State::kReady;
  ready_at_ = std::chrono::steady_clock::now();
  failures_ = 0;
  cancels_pending_ = 0;
  ++generation_;
  owner_.connection_ready(*this, std::chrono::steady_clock::now() - attempt_began_);
}

void Connection::socket_ready() {
  if (!pipeline_->receive() || is_broken_) {
    if (state_ == State::kConnecting) count_failure();
    return lose(PQerrorMessage(connection_.get()));
  }
  deliver_notifications();
  update_interest();
  tell_if_idle();
}

void Connection::deliver_notifications() {
  for (;;) {
    const std::unique_ptr<PGnotify, decltype(&PQfreemem)> notify(PQnotifies(connection_.get()),
                                                                 &PQfreemem);
    if (!notify) return;
    owner_.notified(*this, notify->extra);
  }
}

void Connection::update_interest() {
  const Pipeline::Flush flush = pipeline_->flush();
  if (flush == Pipeline::Flush::kBroken || is_broken_) {
    if (state_ == State::kConnecting) count_failure();
    return lose(PQerrorMessage(connection_.get()));
  }
  watch_.want_write(flush == Pipeline::Flush::kPending);
}

/// Everything of this opening goes; the replies are told.
void Connection::drop(const std::string& why) {
  watch_.stop();
  if (!pipeline_) return;
  const std::unique_ptr<Pipeline> pipeline = std::move(pipeline_);
  const domain::Error error = error_of(domain::Code::kUnavailable, why);
  connection_.reset();
  loop_.cancel(timer_);
  pipeline->lose(error);
}

void Connection::pause() {
  state_ = State::kPausing;
  const unsigned doublings = std::min(failures_, 10U);
  const milliseconds wanted = options_.reconnect_pause_min * (1 << doublings);
  const milliseconds pause = with_jitter(std::min(wanted, options_.reconnect_pause_max));
  // The first attempt after a loss is made at once.
  timer_ =
      loop_.call_at(std::chrono::steady_clock::now() + (failures_ == 0 ? milliseconds(0) : pause),
                    [this] { connect(); });
}

void Connection::tell_if_idle() {
  if (is_idle()) owner_.connection_idle(*this);
}

}  // namespace vigie::storage
