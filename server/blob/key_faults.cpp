#include "server/blob/key_faults.hpp"

#include <cstdint>
#include <string>

#include "server/blob/blob_key.hpp"

namespace vigie::blob {
namespace {

constexpr std::uint32_t kPartNumberMax = 50'000;

}  // namespace

std::optional<domain::Error> key_fault(std::string_view key) {
  if (is_blob_key(key)) return std::nullopt;
  return domain::Error{.code = domain::Code::kValidationFailed,
                       .message = "This is no name of a content.",
                       .detail = "not a blob key: " + std::string(key.substr(0, 200))};
}

std::optional<domain::Error> part_fault(const domain::PartPlace& place) {
  if (place.number >= 1 && place.number <= kPartNumberMax) return std::nullopt;
  return domain::Error{
      .code = domain::Code::kValidationFailed,
      .message = "Parts are numbered from 1 to " + std::to_string(kPartNumberMax) + ".",
      .detail = "part " + std::to_string(place.number)};
}

}  // namespace vigie::blob
