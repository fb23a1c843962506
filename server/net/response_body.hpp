#pragma once

#include <cstddef>
#include <cstdint>
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

  void begin(const ResponseFraming& framing);
  bool write(std::string_view bytes) override;
  /// Sends the last chunk. False when the body is not as long as was announced.
  bool end();

  /// The output moved, or the connection was closed.
  void notify();

 private:
  void append_framed(std::string_view bytes);
  bool wait_for_room();

  Connection& connection_;
  Framing framing_ = Framing::kChunked;
  std::uint64_t left_ = 0;  // with kLength
  Parking* parking_ = nullptr;
  std::size_t turn_bytes_ = 0;
};

}  // namespace vigie::net
