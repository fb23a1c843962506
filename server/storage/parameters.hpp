#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/domain/clock.hpp"
#include "server/domain/id.hpp"

namespace vigie::storage {

/// The values of a statement, $1 first, in PostgreSQL's binary format, each with its type.
class Parameters {
 public:
  static constexpr std::size_t kMax = 32;

  Parameters& uuid(const domain::Uuid& value);
  Parameters& null_uuid();
  Parameters& text(std::string_view value);
  Parameters& null_text();
  Parameters& texts(std::span<const std::string> values);
  Parameters& bytes(std::span<const std::uint8_t> value);
  Parameters& bytes(std::string_view value);
  Parameters& null_bytes();
  Parameters& integer(std::int64_t value);
  Parameters& small_integer(std::int32_t value);
  Parameters& real(double value);
  Parameters& null_real();
  Parameters& timestamp(domain::Timestamp value);
  Parameters& null_timestamp();

  std::size_t size() const noexcept { return slots_.size(); }

  /// One value as libpq takes it. `data` is null for NULL.
  struct Slot {
    std::uint32_t type = 0;
    const char* data = nullptr;
    int length = 0;
  };
  /// Valid until the next change.
  Slot slot(std::size_t index) const;

 private:
  struct Place {
    std::uint32_t type;
    std::size_t offset;
    int length;  // -1 for NULL
  };

  void begin(std::uint32_t type);
  void end();
  void null(std::uint32_t type);

  std::string buffer_;
  std::vector<Place> slots_;
};

}  // namespace vigie::storage
