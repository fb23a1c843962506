#include "server/storage/blocking_session.hpp"

#include <libpq-fe.h>

#include <array>
#include <utility>
#include <vector>

#include "server/storage/sqlstate.hpp"

namespace vigie::storage {

void BlockingSession::Close::operator()(pg_conn* connection) const noexcept {
  PQfinish(connection);
}

BlockingSession::BlockingSession(const std::string& conninfo, const std::string& database) {
  // The first dbname may be a whole connection string, and a later one replaces its database.
  constexpr std::array<const char*, 4> kKeys{"connect_timeout", "dbname", "dbname", nullptr};
  const std::array<const char*, 4> values{"10", conninfo.c_str(),
                                          database.empty() ? nullptr : database.c_str(), nullptr};
  connection_.reset(PQconnectdbParams(kKeys.data(), values.data(), 1));
  if (PQstatus(connection_.get()) != CONNECTION_OK) {
    throw SessionFailure(error_of(domain::Code::kUnavailable, PQerrorMessage(connection_.get())));
  }
  PQsetNoticeProcessor(
      connection_.get(), [](void*, const char*) {}, nullptr);
  run("SET client_encoding = 'UTF8'; SET TimeZone = 'UTC'");
}

Rows BlockingSession::run(const std::string& sql) {
  return checked(PQexec(connection_.get(), sql.c_str()));
}

Rows BlockingSession::run(const std::string& sql, std::span<const std::string> values) {
  std::vector<const char*> texts;
  for (const std::string& value : values) texts.push_back(value.c_str());
  return checked(PQexecParams(connection_.get(), sql.c_str(), static_cast<int>(texts.size()),
                              nullptr, texts.data(), nullptr, nullptr, 0));
}

std::string BlockingSession::quoted(const std::string& name) {
  const std::unique_ptr<char, decltype(&PQfreemem)> text(
      PQescapeIdentifier(connection_.get(), name.data(), name.size()), &PQfreemem);
  return text.get();
}

Rows BlockingSession::checked(pg_result* raw) {
  Rows rows(raw);
  const ExecStatusType status = PQresultStatus(raw);
  if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) return rows;
  const char* state = PQresultErrorField(raw, PG_DIAG_SQLSTATE);
  throw SessionFailure(error_of(
      {.sqlstate = state != nullptr ? state : "", .message = PQerrorMessage(connection_.get())}));
}

}  // namespace vigie::storage
