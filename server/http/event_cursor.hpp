#pragma once

#include <string>
#include <string_view>

#include "server/domain/event_list.hpp"
#include "server/domain/result.hpp"
#include "server/domain/secrets.hpp"

namespace vigie::http {

/// Where a page ended, as a text that a client can only hand back: the position, authenticated
/// together with the filters and the sort it was made for. Without that, a client could ask for any
/// position, and with other filters it would skip rows.
class EventCursor {
 public:
  explicit EventCursor(domain::MessageAuthenticator& authenticator)
      : authenticator_(authenticator) {}

  /// `limit` and `after` of the query do not matter: the size of a page may change on the way.
  std::string encode(const domain::EventPosition& position, const domain::EventQuery& query);
  /// kInvalidCursor unless `text` came from encode() with the same filters and sort.
  domain::Result<domain::EventPosition> decode(std::string_view text,
                                               const domain::EventQuery& query);

 private:
  domain::MessageAuthenticator& authenticator_;
};

}  // namespace vigie::http
