#pragma once

#include <optional>

#include "server/domain/share_pool.hpp"
#include "server/http/application.hpp"
#include "server/net/request_body.hpp"
#include "server/net/response_body.hpp"
#include "server/net/response_head.hpp"

namespace vigie::net {

class Connection;

/// One request and its answer: admission, the fiber that serves it, the response's framing.
class Exchange {
 public:
  explicit Exchange(Connection& connection);

  /// Has the request whose head the parser holds admitted, refused or served. On the reactor.
  void start();
  /// Answers a refusal and closes. On the reactor or the request's fiber.
  void refuse(http::Refusal refusal);
  bool is_serving() const noexcept { return is_serving_; }
  /// The fiber waits for the request's body and will receive it by itself.
  bool awaits_input() const noexcept { return request_body_.is_waiting(); }
  void on_input() { request_body_.notify(); }
  /// The connection was closed, or its output moved.
  void on_closed();
  void on_output() { response_body_.notify(); }
  /// All output has been taken by the socket.
  void on_sent();
  bool is_streaming() const noexcept { return is_streaming_; }

 private:
  bool admit();
  /// Why there is no place for the request; nothing when it has one.
  std::optional<http::Refusal> take_place(const http::Admission& admission);
  void leave();
  void serve();
  void respond(http::Response& response, bool must_close);
  bool is_patience_over(const http::Response& response);
  void send_body(http::Response& response, const ResponseFraming& framing);
  void stream(http::BodyStream& body, const ResponseFraming& framing);
  bool can_keep_connection(const http::Response& response) const;
  bool may_discard_rest() const;
  ResponseFraming framing_of(const http::Response& response, bool is_kept) const;

  Connection& connection_;
  RequestBody request_body_;
  ResponseBody response_body_;
  domain::SharePool::Place place_;  // of the request that is served
  std::size_t refusals_ = 0;        // less some for each other answer
  bool holds_until_sent_ = false;
  bool is_serving_ = false;
  bool is_streaming_ = false;
  bool must_close_ = false;
};

}  // namespace vigie::net
