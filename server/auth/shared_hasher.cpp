#include "server/auth/shared_hasher.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace vigie::auth {

domain::Result<std::string> SharedHasher::hash(const domain::Context& context,
                                               std::string_view password) {
  const auto place = places_.take(domain::Caller::of(context));
  if (!place) return place.error();
  return hasher_.hash(context, password);
}

domain::Result<bool> SharedHasher::verify(const domain::Context& context, std::string_view password,
                                          std::string_view hash) {
  const auto place = places_.take(domain::Caller::of(context));
  if (!place) return place.error();
  return hasher_.verify(context, password, hash);
}

}  // namespace vigie::auth
