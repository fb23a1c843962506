#include "server/net/response_body.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "server/net/connection.hpp"
#include "server/net/shard.hpp"

namespace vigie::net {

namespace {

// Small writes of one turn share a system call.
constexpr std::size_t kGatheredBytesMax = std::size_t{16} * 1024;
// What one producer may send before others get their turn.
constexpr std::size_t kTurnBytesMax = std::size_t{1024} * 1024;

}  // namespace

void ResponseBody::begin(const ResponseFraming& framing) {
  framing_ = framing.framing;
  left_ = framing.length;
}

bool ResponseBody::write(std::string_view bytes) {
  if (!connection_.is_open()) return false;
  if (bytes.empty()) return true;  // an empty chunk would end the body
  if (framing_ == Framing::kLength) {
    // What is too long is cut: it would be taken for the next answer.
    bytes = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
    if (bytes.empty()) return false;
    left_ -= bytes.size();
  }
  append_framed(bytes);
  turn_bytes_ += bytes.size();
  if (connection_.output().queued_bytes() < kGatheredBytesMax) {
    connection_.touch();
  } else {
    connection_.flush();
  }
  return wait_for_room();
}

void ResponseBody::append_framed(std::string_view bytes) {
  WriteQueue& output = connection_.output();
  if (framing_ != Framing::kChunked) return output.append(bytes);
  std::array<char, 18> size_line{};
  char* end = std::to_chars(size_line.data(), size_line.data() + 16, bytes.size(), 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  output.append(
      std::string_view(size_line.data(), static_cast<std::size_t>(end - size_line.data())));
  output.append(bytes);
  output.append(std::string_view("\r\n"));
}

bool ResponseBody::wait_for_room() {
  Shard& shard = connection_.shard();
  while (connection_.is_open() &&
         connection_.output().queued_bytes() > shard.limits().write_queue_high_water_bytes) {
    Parking parking;
    parking_ = &parking;
    // Without end: a client that takes nothing is closed by the connection's write-stall deadline.
    const Wake wake = parking.wait_until(TimePoint::max());
    parking_ = nullptr;
    turn_bytes_ = 0;
    if (wake == Wake::kTimedOut) return false;  // the loop stops
  }
  if (turn_bytes_ > kTurnBytesMax) {
    turn_bytes_ = 0;
    shard.reactor().yield_turn();
  }
  return connection_.is_open();
}

bool ResponseBody::end() {
  if (framing_ == Framing::kChunked && connection_.is_open()) {
    connection_.output().append(std::string_view("0\r\n\r\n"));
  }
  return framing_ != Framing::kLength || left_ == 0;
}

void ResponseBody::notify() {
  if (parking_ != nullptr) parking_->notify();
}

}  // namespace vigie::net
