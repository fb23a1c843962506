#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "server/domain/result.hpp"
#include "server/http/application.hpp"
#include "server/http/message.hpp"
#include "server/net/waiting.hpp"

namespace vigie::net {

class Connection;

/// The body of a connection's current request, received when its fiber asks for it: a handler that
/// does not read makes the client wait, at no cost of memory.
class RequestBody final : public http::BodyReader {
 public:
  explicit RequestBody(Connection& connection) : connection_(connection) {}

  void begin(const http::Admission& admission, bool must_invite);
  /// Gives back the buffer; views returned by next() end here.
  void end();

  domain::Result<std::string_view> next() override;
  std::optional<std::uint64_t> length() const noexcept override;

  /// What the client did wrong, after next() has failed for it.
  std::optional<http::Refusal> refusal() const noexcept { return refusal_; }
  /// The client was told to wait for 100 (Continue) and has not been invited.
  bool is_uninvited() const noexcept { return must_invite_; }
  bool is_waiting() const noexcept { return parking_ != nullptr; }
  void notify();

 private:
  domain::Error fail(http::Refusal refusal);
  domain::Error fail_gone();
  /// Bytes of the connection, in buffer_; empty when the body has failed.
  std::span<char> fetch();
  std::span<char> fetch_from_socket();
  void need_buffer();
  void invite();
  bool wait_for_input();
  bool is_fast_enough();

  Connection& connection_;
  std::unique_ptr<char[]> buffer_;  // none while the client lets us wait
  std::uint64_t bytes_max_ = 0;
  TimePoint deadline_ = TimePoint::max();
  bool must_invite_ = false;
  std::optional<http::Refusal> refusal_;
  std::optional<domain::Error> error_;
  Parking* parking_ = nullptr;
  std::chrono::steady_clock::duration waited_{};  // in this window of the minimum rate
  std::uint64_t window_bytes_ = 0;
  std::size_t turn_bytes_ = 0;
};

}  // namespace vigie::net
