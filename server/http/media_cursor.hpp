#pragma once

#include <string>
#include <string_view>

#include "server/domain/media.hpp"
#include "server/domain/result.hpp"
#include "server/domain/secrets.hpp"

namespace vigie::http {

/// Where a page of media ended, as a text that a client can only hand back: as EventCursor.
class MediaCursor {
 public:
  explicit MediaCursor(domain::MessageAuthenticator& authenticator)
      : authenticator_(authenticator) {}

  std::string encode(const domain::MediaPosition& position, const domain::MediaQuery& query);
  /// kInvalidCursor unless `text` came from encode() for the same event, or for none.
  domain::Result<domain::MediaPosition> decode(std::string_view text,
                                               const domain::MediaQuery& query);

 private:
  domain::MessageAuthenticator& authenticator_;
};

}  // namespace vigie::http
