#include "server/net/reader_pace.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <chrono>

namespace vigie::net {
namespace {

/// Bytes in the socket's buffer that the client has not acknowledged.
std::uint64_t unacknowledged_bytes_of(int socket) noexcept {
  int bytes = 0;
  if (::ioctl(socket, SIOCOUTQ, &bytes) != 0 || bytes < 0) return 0;
  return static_cast<std::uint64_t>(bytes);
}

}  // namespace

void ReaderPace::begin(int socket, TimePoint now) noexcept {
  moved_at_ = now;
  begin_window(unacknowledged_bytes_of(socket), now);
}

void ReaderPace::begin_window(std::uint64_t unacknowledged_bytes, TimePoint now) noexcept {
  window_began_at_ = now;
  sent_bytes_ = 0;
  taken_bytes_ = 0;
  unacknowledged_bytes_ = unacknowledged_bytes;
}

TimePoint ReaderPace::deadline() const noexcept {
  return std::min(moved_at_ + limits_.write_stall_max,
                  window_began_at_ + limits_.write_rate_window);
}

ReaderPace::Verdict ReaderPace::judge(int socket, TimePoint now) noexcept {
  const std::uint64_t unacknowledged_bytes = unacknowledged_bytes_of(socket);
  const std::uint64_t given_bytes = unacknowledged_bytes_ + sent_bytes_;
  const std::uint64_t taken_bytes = given_bytes - std::min(given_bytes, unacknowledged_bytes);
  if (taken_bytes > taken_bytes_) moved_at_ = now;
  taken_bytes_ = taken_bytes;
  if (now >= moved_at_ + limits_.write_stall_max) return Verdict::kStalled;
  if (now < window_began_at_ + limits_.write_rate_window) return Verdict::kGoodEnough;
  const double seconds = std::chrono::duration<double>(now - window_began_at_).count();
  const double bytes_min = seconds * static_cast<double>(limits_.write_rate_min);
  if (static_cast<double>(taken_bytes) < bytes_min) return Verdict::kSlow;
  begin_window(unacknowledged_bytes, now);
  return Verdict::kGoodEnough;
}

}  // namespace vigie::net
