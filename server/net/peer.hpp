#pragma once

#include <optional>
#include <string>

#include "server/domain/share_pool.hpp"

namespace vigie::net {

/// Who is at the other end of a connection.
struct Peer {
  std::string address;  // numeric
  /// Whose share the connection counts against; nobody's: of a proxy.
  std::optional<domain::CallerKey> holder;
  domain::SharePool::Place place;
};

}  // namespace vigie::net
