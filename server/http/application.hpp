#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/domain/caller.hpp"
#include "server/http/message.hpp"

namespace vigie::http {

/// What the network layer refused before or instead of routing (RFC 9112). Each is answered by
/// `Application::refuse`, so that it is measured and explained like everything else.
enum class Refusal : std::uint8_t {
  kMalformed,                 // 400
  kUriTooLong,                // 414
  kHeaderTooLarge,            // 431
  kHeaderTimeout,             // 408
  kBodyTooLarge,              // 413
  kBodyTooSlow,               // 408
  kExpectationFailed,         // 417
  kVersionNotSupported,       // 505
  kUnknownMethod,             // 501
  kUnknownCoding,             // 501: a transfer coding besides chunked
  kTooManyConnections,        // 503
  kTooManyRequests,           // 503: the bound of requests in flight
  kShuttingDown,              // 503
  kRequestsShareExceeded,     // 429: the caller's share of requests in flight
  kStreamsShareExceeded,      // 429: the caller's share of contents under way
  kConnectionsShareExceeded,  // 429: the address's share of connections
};

/// From which of a server's pools a request takes a place while it is served (decision 34).
enum class PlaceOf : std::uint8_t {
  kNone,      // a probe: it is answered when everything is taken
  kRequests,  // what is over in a moment
  kStreams,   // what may last: its content or its answer is as long as a media
};

/// What the application says of a request when its header is complete, before its body is read.
struct Admission {
  std::uint64_t body_bytes_max = 0;
  /// A body that we still wait for by then is too slow, whatever its rate.
  std::chrono::steady_clock::time_point body_deadline =
      std::chrono::steady_clock::time_point::max();
  /// Whose share the place counts against; without any: nobody's.
  domain::Caller caller;
  PlaceOf place_of = PlaceOf::kRequests;
  /// Set: answer this now, without reading the body (401, 404, 405, 413, 415 …).
  std::optional<Response> refusal;
};

/// What the network layer serves. One object, called from all reactors: thread-safe.
class Application {
 public:
  virtual ~Application() = default;
  /// Called on the reactor, not on a fiber: must not wait. `request.body` is null.
  virtual Admission admit(const Request& request) noexcept = 0;
  /// Called on a fiber; may wait. The answer to HEAD is that of GET: the network layer leaves out
  /// its body.
  virtual Response handle(Request& request) noexcept = 0;
  /// The answer to what the network layer refused. `request` holds what had been read, if anything.
  virtual Response refuse(Refusal reason, const Request* request) noexcept = 0;
};

}  // namespace vigie::http
