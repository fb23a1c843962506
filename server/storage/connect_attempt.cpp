#include "server/storage/connect_attempt.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <utility>

namespace vigie::storage {
namespace {

OpenConnection start_connecting(const DatabaseOptions& options, const HostList& list) {
  // A conninfo's own application_name wins over the fallback; its hosts do not over the list.
  std::array<const char*, 7> keywords = {
      "dbname", "fallback_application_name", "client_encoding", nullptr, nullptr, nullptr, nullptr};
  std::array<const char*, 7> values = {options.conninfo.c_str(),
                                       options.application_name.c_str(),
                                       "UTF8",
                                       nullptr,
                                       nullptr,
                                       nullptr,
                                       nullptr};
  if (!list.empty()) {
    const std::array<const char*, 3> names = {"host", "hostaddr", "port"};
    const std::array<const char*, 3> lists = {list.hosts.c_str(), list.addresses.c_str(),
                                              list.ports.c_str()};
    std::ranges::copy(names, keywords.begin() + 3);
    std::ranges::copy(lists, values.begin() + 3);
  }
  constexpr int kDbnameIsConninfo = 1;
  return OpenConnection(PQconnectStartParams(keywords.data(), values.data(), kDbnameIsConninfo));
}

}  // namespace

void CloseConnection::operator()(pg_conn* connection) const noexcept { PQfinish(connection); }

ConnectAttempt::ConnectAttempt(net::EventLoop& loop, const DatabaseOptions& options,
                               std::size_t first, Done done)
    : loop_(loop), options_(options), first_(first), done_(std::move(done)) {
  timer_ = loop_.call_at(std::chrono::steady_clock::now() + options_.connect_timeout, [this] {
    fail(connection_ ? "no answer within the connect timeout" : options_.addresses->fault());
  });
  options_.addresses->is_static() ? start() : find_addresses();
}

/// A resolver that takes its time has half of the attempt's; then the addresses of last time do.
void ConnectAttempt::find_addresses() {
  patience_ =
      loop_.call_at(std::chrono::steady_clock::now() + options_.connect_timeout / 2, [this] {
        if (!options_.addresses->list(first_).empty()) start();
      });
  options_.addresses->refresh([this, &loop = loop_, alive = std::weak_ptr(is_alive_)] {
    loop.post([this, alive] {
      if (alive.lock()) start();
    });
  });
}

void ConnectAttempt::start() {
  if (connection_) return;  // begun meanwhile
  loop_.cancel(patience_);
  const HostList list = options_.addresses->list(first_);
  if (list.empty() && !options_.addresses->is_static()) return fail(options_.addresses->fault());
  connection_ = start_connecting(options_, list);
  if (connection_ == nullptr || PQstatus(connection_.get()) == CONNECTION_BAD) {
    loop_.cancel(timer_);
    timer_ = loop_.call_at(std::chrono::steady_clock::now(), [this] { fail(""); });
    return;
  }
  // Notices would go to stderr, past the log.
  PQsetNoticeProcessor(
      connection_.get(), [](void*, const char*) {}, nullptr);
  watch({.writable = true});
}

ConnectAttempt::~ConnectAttempt() {
  loop_.cancel(timer_);
  loop_.cancel(patience_);
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
  loop_.cancel(patience_);
  unwatch();
  connection_.reset();
  const Done done = std::move(done_);
  done(nullptr, why);  // may destroy this
}

}  // namespace vigie::storage
