#include "server/domain/job_origin.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

#include "server/domain/caller.hpp"
#include "server/platform/core/hex.hpp"

namespace vigie::domain {
namespace {

constexpr std::size_t kOriginBytes = 8;

}  // namespace

std::string job_origin(MessageAuthenticator& authenticator, const Context& context) {
  const auto address = Caller::of(context).address;
  if (!address) return {};
  const auto mac = authenticator.mac("job origin", address->bytes());
  return core::to_hex(std::span(mac).first(kOriginBytes));
}

}  // namespace vigie::domain
