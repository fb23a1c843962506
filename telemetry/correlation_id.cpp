#include "telemetry/correlation_id.hpp"

#include <array>

namespace vigie::telemetry {
namespace {

consteval std::array<bool, 256> allowed_bytes() {
  std::array<bool, 256> allowed{};
  for (char c = 'a'; c <= 'z'; ++c) allowed[static_cast<unsigned char>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) allowed[static_cast<unsigned char>(c)] = true;
  for (char c = '0'; c <= '9'; ++c) allowed[static_cast<unsigned char>(c)] = true;
  for (char c : {'.', '_', '-'}) allowed[static_cast<unsigned char>(c)] = true;
  return allowed;
}

constexpr std::array<bool, 256> kAllowed = allowed_bytes();

}  // namespace

bool is_valid_correlation_id(std::string_view id) noexcept {
  if (id.empty() || id.size() > kCorrelationIdBytesMax) return false;
  for (char c : id) {
    if (!kAllowed[static_cast<unsigned char>(c)]) return false;
  }
  return true;
}

}  // namespace vigie::telemetry
