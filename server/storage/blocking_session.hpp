#pragma once

#include <exception>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "server/domain/result.hpp"
#include "server/storage/rows.hpp"

struct pg_conn;

namespace vigie::storage {

/// Carries an error out of blocking calls; leaves storage as a Result.
struct SessionFailure : std::exception {
  explicit SessionFailure(domain::Error failure) : error(std::move(failure)) {}
  domain::Error error;
};

/// A connection that blocks its thread, for what is done once and not on a fiber. Every field of an
/// answer is text. Throws SessionFailure.
class BlockingSession {
 public:
  /// `database` replaces the one that `conninfo` names, unless it is empty.
  explicit BlockingSession(const std::string& conninfo, const std::string& database = {});

  Rows run(const std::string& sql);
  Rows run(const std::string& sql, std::span<const std::string> values);
  /// `name` as SQL takes it, quoted.
  std::string quoted(const std::string& name);

 private:
  struct Close {
    void operator()(pg_conn* connection) const noexcept;
  };
  Rows checked(pg_result* raw);

  std::unique_ptr<pg_conn, Close> connection_;
};

}  // namespace vigie::storage
