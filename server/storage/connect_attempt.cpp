#include "server/storage/connect_attempt.hpp"

#include <libpq-fe.h>

#include <array>
#include <chrono>
#include <utility>

namespace vigie::storage {
namespace {

OpenConnection start_connecting(const DatabaseOptions& options) {
  // A conninfo's own application_name wins over the fallback.
  const std::array<const char*, 4> keywords = {"dbname", "fallback_application_name",
                                               "client_encoding", nullptr};
  const std::array<const char*, 4> values = {options.conninfo.c_str(),
                                             options.application_name.c_str(), "UTF8", nullptr};
  constexpr int kDbnameIsConninfo = 1;
  return OpenConnection(PQconnectStartParams(keywords.data(), values.data(), kDbnameIsConninfo));
}

}  // namespace

void CloseConnection::operator()(pg_conn* connection) const noexcept { PQfinish(connection); }

ConnectAttempt::ConnectAttempt(net::EventLoop& loop, const DatabaseOptions& options, Done done)
    : loop_(loop), done_(std::move(done)) {
  connection_ = start_connecting(options);
  if (connection_ == nullptr || PQstatus(connection_.get()) == CONNECTION_BAD) {
    timer_ = loop_.call_at(std::chrono::steady_clock::now(), [this] { fail(""); });
    return;
  }
  timer_ = loop_.call_at(std::chrono::steady_clock::now() + options.connect_timeout,
                         [this] { fail("no answer within the connect timeout"); });
  // Notices would go to stderr, past the log.
  PQsetNoticeProcessor(
      connection_.get(), [](void*, const char*) {}, nullptr);
  watch({.writable = true});
}

ConnectAttempt::~ConnectAttempt() {
  loop_.cancel(timer_);
  unwatch();
}

void ConnectAttempt::poll() {
  // libpq may close the socket and open another one in here.
  unwatch();
  switch (PQconnectPoll(connection_.get())) {
    case PGRES_POLLING_READING:
      return watch({.readable = true});
    case PGRES_POLLING_WRITING:
      return watch({.writable = true});
    case PGRES_POLLING_OK:
      return succeed();
    default:
      return fail("");
  }
}

void ConnectAttempt::watch(net::Readiness interest) {
  watched_fd_ = PQsocket(connection_.get());
  loop_.watch(watched_fd_, interest, [this](net::Readiness) { poll(); });
}

void ConnectAttempt::unwatch() {
  if (watched_fd_ >= 0) loop_.unwatch(std::exchange(watched_fd_, -1));
}

void ConnectAttempt::succeed() {
  PGconn* const raw = connection_.get();
  if (PQsetnonblocking(raw, 1) != 0 || PQenterPipelineMode(raw) != 1) return fail("");
  loop_.cancel(timer_);
  const Done done = std::move(done_);
  done(std::move(connection_), "");  // may destroy this
}

void ConnectAttempt::fail(std::string why) {
  if (why.empty()) why = connection_ ? PQerrorMessage(connection_.get()) : "out of memory";
  while (!why.empty() && why.back() == '\n') why.pop_back();
  loop_.cancel(timer_);
  unwatch();
  connection_.reset();
  const Done done = std::move(done_);
  done(nullptr, why);  // may destroy this
}

}  // namespace vigie::storage
