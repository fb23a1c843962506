#include "server/domain/job_origin.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

#include "server/domain/caller.hpp"
#include "server/domain/hexadecimal.hpp"

namespace vigie::domain {
namespace {

constexpr std::size_t kOriginBytes = 8;

}  // namespace

std::string job_origin(MessageAuthenticator& authenticator, const Context& context) {
  const auto address = Caller::of(context).address;
  if (!address) return {};
  const auto mac = authenticator.mac("job origin", address->bytes());
  std::string origin;
  for (const std::uint8_t byte : std::span(mac).first(kOriginBytes)) append_hex(origin, byte);
  return origin;
}

}  // namespace vigie::domain
