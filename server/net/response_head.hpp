#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

#include "server/http/message.hpp"

namespace vigie::net {

/// How the end of a response's body is found (RFC 9112, section 6).
enum class Framing : std::uint8_t { kNoBody, kLength, kChunked, kUntilClose };

enum class ConnectionField : std::uint8_t { kNone, kClose, kKeepAlive };

struct ResponseFraming {
  Framing framing = Framing::kNoBody;
  std::uint64_t length = 0;  // with kLength
  ConnectionField connection = ConnectionField::kNone;
};

/// The Date field's line, made once a second.
class DateLine {
 public:
  std::string_view at(std::time_t now);

 private:
  std::time_t made_for_ = -1;
  std::string line_;
};

/// Status line, the response's fields and ours. Framing, Connection and Date are this layer's: what
/// the application says about them is left out.
void append_head(std::string& out, const http::Response& response, const ResponseFraming& framing,
                 std::string_view date_line);

}  // namespace vigie::net
