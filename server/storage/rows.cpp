#include "server/storage/rows.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <charconv>
#include <chrono>

#include "server/storage/wire_format.hpp"

namespace vigie::storage {

void Rows::Clear::operator()(pg_result* result) const noexcept { PQclear(result); }

int Rows::count() const noexcept { return PQntuples(result_.get()); }

std::int64_t Rows::affected() const noexcept {
  if (result_ == nullptr) return 0;
  const std::string_view digits = PQcmdTuples(result_.get());
  std::int64_t count = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), count);
  return count;
}

std::string_view Rows::command() const noexcept {
  return result_ ? std::string_view(PQcmdStatus(result_.get())) : std::string_view();
}

bool Rows::is_null(int row, int column) const noexcept {
  return PQgetisnull(result_.get(), row, column) != 0;
}

std::string_view Rows::text(int row, int column) const noexcept {
  const auto length = static_cast<std::size_t>(PQgetlength(result_.get(), row, column));
  return {PQgetvalue(result_.get(), row, column), length};
}

std::vector<std::string> Rows::texts(int row, int column) const {
  const std::string_view array = text(row, column);
  std::vector<std::string> values;
  if (array.size() < 20) return values;  // no dimension: an empty array
  const auto count = wire::read<std::uint32_t>(array.data() + 12);
  values.reserve(count);
  std::size_t at = 20;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto length = wire::read<std::uint32_t>(array.data() + at);
    values.emplace_back(array.substr(at + 4, length));
    at += 4 + length;
  }
  return values;
}

domain::Uuid Rows::uuid(int row, int column) const noexcept {
  const std::string_view bytes = text(row, column);
  domain::Uuid uuid;
  assert(bytes.size() == uuid.bytes.size());
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(uuid.bytes.data()));
  return uuid;
}

std::int64_t Rows::integer(int row, int column) const noexcept {
  const std::string_view bytes = text(row, column);
  if (bytes.size() == 4) return static_cast<std::int32_t>(wire::read<std::uint32_t>(bytes.data()));
  assert(bytes.size() == 8);
  return static_cast<std::int64_t>(wire::read<std::uint64_t>(bytes.data()));
}

bool Rows::boolean(int row, int column) const noexcept {
  const std::string_view bytes = text(row, column);
  assert(bytes.size() == 1);
  return bytes.front() != 0;
}

double Rows::real(int row, int column) const noexcept {
  const std::string_view bytes = text(row, column);
  assert(bytes.size() == 8);
  return std::bit_cast<double>(wire::read<std::uint64_t>(bytes.data()));
}

domain::Timestamp Rows::timestamp(int row, int column) const noexcept {
  return wire::kEpoch + std::chrono::microseconds(integer(row, column));
}

}  // namespace vigie::storage
