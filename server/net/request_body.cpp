#include "server/net/request_body.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "server/net/connection.hpp"
#include "server/net/shard.hpp"

namespace vigie::net {

namespace {

using Clock = std::chrono::steady_clock;

// What one upload may receive before others get their turn.
constexpr std::size_t kTurnBytesMax = std::size_t{1024} * 1024;

}  // namespace

void RequestBody::begin(const http::Admission& admission, bool must_invite) {
  bytes_max_ = admission.body_bytes_max;
  deadline_ = admission.body_deadline;
  must_invite_ = must_invite;
  refusal_.reset();
  error_.reset();
  waited_ = {};
  window_bytes_ = 0;
  turn_bytes_ = 0;
}

void RequestBody::end() {
  if (buffer_) connection_.shard().give_buffer(std::move(buffer_));
}

std::optional<std::uint64_t> RequestBody::length() const noexcept {
  return connection_.parser().content_length();
}

domain::Result<std::string_view> RequestBody::next() {
  RequestParser& parser = connection_.parser();
  while (!error_) {
    if (parser.state() == RequestParser::State::kDone) return std::string_view();
    const std::span<char> bytes = fetch();
    if (bytes.empty()) break;
    const RequestParser::BodyPart part = parser.feed_body(bytes);
    connection_.input().put_back({bytes.data() + part.taken, bytes.size() - part.taken});
    if (parser.state() == RequestParser::State::kRefused) return fail(parser.refusal());
    if (parser.body_bytes() > bytes_max_) return fail(http::Refusal::kBodyTooLarge);
    if (!part.content.empty()) return part.content;
  }
  return *error_;
}

domain::Error RequestBody::fail(http::Refusal refusal) {
  refusal_ = refusal;
  if (refusal == http::Refusal::kBodyTooLarge) {
    error_ = {.code = domain::Code::kValidationFailed, .message = "The request body is too large."};
  } else if (refusal == http::Refusal::kBodyTooSlow) {
    error_ = {.code = domain::Code::kDeadlineExceeded,
              .message = "The request body came too slowly."};
  } else {
    error_ = {.code = domain::Code::kUnavailable, .message = "The request body is malformed."};
  }
  return *error_;
}

domain::Error RequestBody::fail_gone() {
  error_ = {.code = domain::Code::kUnavailable,
            .message = "The client has left before the end of its request."};
  return *error_;
}

std::span<char> RequestBody::fetch() {
  InputBuffer& input = connection_.input();
  if (input.empty()) return fetch_from_socket();
  need_buffer();
  const std::size_t size = std::min(input.size(), Shard::kBufferBytes);
  std::memcpy(buffer_.get(), input.view().data(), size);
  input.consume(size);
  must_invite_ = false;  // it has not waited for us
  return {buffer_.get(), size};
}

std::span<char> RequestBody::fetch_from_socket() {
  invite();
  if (turn_bytes_ > kTurnBytesMax) {
    turn_bytes_ = 0;
    connection_.shard().reactor().yield_turn();
  }
  const RequestParser& parser = connection_.parser();
  const std::uint64_t rest =
      parser.content_length() ? *parser.content_length() - parser.body_bytes() : UINT64_MAX;
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(rest, Shard::kBufferBytes));
  while (connection_.is_open()) {
    need_buffer();
    const ssize_t size = connection_.receive({buffer_.get(), wanted});
    if (size > 0) {
      turn_bytes_ += static_cast<std::size_t>(size);
      window_bytes_ += static_cast<std::uint64_t>(size);
      return {buffer_.get(), static_cast<std::size_t>(size)};
    }
    if (size == 0) break;
    turn_bytes_ = 0;
    end();  // whoever lets us wait holds no memory of ours
    if (!wait_for_input()) return {};
  }
  fail_gone();
  return {};
}

void RequestBody::need_buffer() {
  if (!buffer_) buffer_ = connection_.shard().take_buffer();
}

void RequestBody::invite() {
  if (!std::exchange(must_invite_, false)) return;
  connection_.output().append(std::string_view("HTTP/1.1 100 Continue\r\n\r\n"));
  connection_.flush();
}

bool RequestBody::wait_for_input() {
  const Limits& limits = connection_.shard().limits();
  const TimePoint began = Clock::now();
  Parking parking;
  parking_ = &parking;
  connection_.resume_reading();
  const Wake wake =
      parking.wait_until(std::min(deadline_, began + limits.body_rate_window - waited_));
  parking_ = nullptr;
  const TimePoint ended = Clock::now();
  waited_ += ended - began;
  if (wake == Wake::kTimedOut && connection_.shard().reactor().is_stopping()) {
    fail_gone();
    return false;
  }
  if (is_fast_enough() && ended < deadline_) return true;
  fail(http::Refusal::kBodyTooSlow);
  return false;
}

// Only the time in which we waited for the client counts, so that a slow handler is not held
// against it.
bool RequestBody::is_fast_enough() {
  const Limits& limits = connection_.shard().limits();
  if (waited_ < limits.body_rate_window) return true;
  const double seconds = std::chrono::duration<double>(waited_).count();
  const bool is_fast =
      static_cast<double>(window_bytes_) >= seconds * static_cast<double>(limits.body_rate_min);
  waited_ = {};
  window_bytes_ = 0;
  return is_fast;
}

void RequestBody::notify() {
  if (parking_ != nullptr) parking_->notify();
}

}  // namespace vigie::net
