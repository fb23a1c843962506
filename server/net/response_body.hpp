#pragma once

#include <cstddef>
#include <string_view>

#include "server/http/message.hpp"
#include "server/net/response_head.hpp"
#include "server/net/waiting.hpp"

namespace vigie::net {

class Connection;

/// Where a streamed body goes: framed, queued, and held back while the client is slower than the
/// producer.
class ResponseBody final : public http::BodyWriter {
 public:
  explicit ResponseBody(Connection& connection) : connection_(connection) {}

  void begin(Framing framing) { framing_ = framing; }
  bool write(std::string_view bytes) override;
  /// Sends the last chunk.
  void end();

  /// The output moved, or the connection was closed.
  void notify();

 private:
  void append_framed(std::string_view bytes);
  bool wait_for_room();

  Connection& connection_;
  Framing framing_ = Framing::kChunked;
  Parking* parking_ = nullptr;
  std::size_t turn_bytes_ = 0;
};

}  // namespace vigie::net
