#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/domain/clock.hpp"
#include "server/domain/id.hpp"

struct pg_result;

namespace vigie::storage {

/// What a statement returned. Rows and columns count from 0; asking for another type than the
/// column has is a programmer error. Views live as long as the rows.
class Rows {
 public:
  Rows() = default;
  /// Takes over a libpq result.
  explicit Rows(pg_result* result) noexcept : result_(result) {}

  pg_result* get() const noexcept { return result_.get(); }
  int count() const noexcept;
  bool empty() const noexcept { return count() == 0; }
  /// Rows that an INSERT, UPDATE or DELETE changed.
  std::int64_t affected() const noexcept;
  /// The command that ran, as the server names it, such as COMMIT or ROLLBACK.
  std::string_view command() const noexcept;

  bool is_null(int row, int column) const noexcept;
  std::string_view text(int row, int column) const noexcept;
  std::string string(int row, int column) const { return std::string(text(row, column)); }
  std::vector<std::string> texts(int row, int column) const;
  domain::Uuid uuid(int row, int column) const noexcept;
  std::int64_t integer(int row, int column) const noexcept;
  bool boolean(int row, int column) const noexcept;
  double real(int row, int column) const noexcept;
  domain::Timestamp timestamp(int row, int column) const noexcept;

 private:
  struct Clear {
    void operator()(pg_result* result) const noexcept;
  };

  std::unique_ptr<pg_result, Clear> result_;
};

}  // namespace vigie::storage
