#include "server/net/write_queue.hpp"

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace vigie::net {

namespace {

constexpr std::size_t kCopiedBytesMax = std::size_t{8} * 1024;
constexpr std::size_t kKeptBytesMax = std::size_t{16} * 1024;
constexpr std::size_t kPiecesPerCallMax = 16;
// What one connection may send before others get their turn.
constexpr std::uint64_t kTurnBytesMax = std::uint64_t{1024} * 1024;

WriteQueue::Outcome outcome_of_errno() {
  return errno == EAGAIN || errno == EINTR ? WriteQueue::Outcome::kBlocked
                                           : WriteQueue::Outcome::kFailed;
}

}  // namespace

void WriteQueue::append(std::string_view bytes) {
  queued_bytes_ += bytes.size();
  if (rest_at_ == rest_.size()) {
    if (first_.size() + bytes.size() <= kKeptBytesMax || first_.empty()) {
      first_ += bytes;
      return;
    }
  } else if (auto* last = std::get_if<Bytes>(&rest_.back());
             last != nullptr && last->text.size() + bytes.size() <= kKeptBytesMax) {
    last->text += bytes;
    return;
  }
  rest_.emplace_back(Bytes{std::string(bytes)});
}

void WriteQueue::append(std::string&& bytes) {
  if (bytes.size() <= kCopiedBytesMax) return append(std::string_view(bytes));
  queued_bytes_ += bytes.size();
  rest_.emplace_back(Bytes{std::move(bytes)});
}

void WriteQueue::append(http::FileRange&& file) {
  if (file.length() > 0) rest_.emplace_back(FilePart{std::move(file)});
}

void WriteQueue::clear() noexcept {
  first_.clear();
  if (first_.capacity() > kKeptBytesMax) first_.shrink_to_fit();
  first_sent_ = 0;
  rest_.clear();
  rest_at_ = 0;
  queued_bytes_ = 0;
}

WriteQueue::Outcome WriteQueue::flush(int socket, std::uint64_t& sent) {
  const std::uint64_t sent_before = sent;
  while (!empty()) {
    if (sent - sent_before >= kTurnBytesMax) return Outcome::kTurnIsOver;
    FilePart* file = nullptr;
    if (first_sent_ == first_.size()) file = std::get_if<FilePart>(&rest_[rest_at_]);
    const Outcome outcome =
        file != nullptr ? send_file(socket, *file, sent) : send_bytes(socket, sent);
    if (outcome != Outcome::kDone) return outcome;
  }
  clear();
  return Outcome::kDone;
}

WriteQueue::Outcome WriteQueue::send_bytes(int socket, std::uint64_t& sent) {
  std::array<iovec, kPiecesPerCallMax> pieces;
  std::size_t count = 0;
  if (first_sent_ < first_.size()) {
    pieces[count++] = {first_.data() + first_sent_, first_.size() - first_sent_};
  }
  std::size_t at = rest_at_;
  for (; at < rest_.size() && count < pieces.size(); ++at) {
    auto* bytes = std::get_if<Bytes>(&rest_[at]);
    if (bytes == nullptr) break;
    pieces[count++] = {bytes->text.data() + bytes->sent, bytes->text.size() - bytes->sent};
  }
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = count;
  // More follows: let the head share a packet with the file.
  const int flags = MSG_NOSIGNAL | (at < rest_.size() ? MSG_MORE : 0);
  // One piece is what answers are made of; send(2) copies no header for it.
  const ssize_t taken = count == 1 ? ::send(socket, pieces[0].iov_base, pieces[0].iov_len, flags)
                                   : ::sendmsg(socket, &message, flags);
  if (taken < 0) return outcome_of_errno();
  sent += static_cast<std::uint64_t>(taken);
  mark_sent(static_cast<std::size_t>(taken));
  return Outcome::kDone;
}

void WriteQueue::mark_sent(std::size_t bytes) noexcept {
  queued_bytes_ -= bytes;
  const std::size_t of_first = std::min(bytes, first_.size() - first_sent_);
  first_sent_ += of_first;
  bytes -= of_first;
  for (std::size_t at = rest_at_; bytes > 0; ++at) {
    Bytes& part = std::get<Bytes>(rest_[at]);
    const std::size_t of_part = std::min(bytes, part.text.size() - part.sent);
    part.sent += of_part;
    bytes -= of_part;
  }
  drop_sent_parts();
}

void WriteQueue::drop_sent_parts() noexcept {
  while (rest_at_ < rest_.size()) {
    auto* bytes = std::get_if<Bytes>(&rest_[rest_at_]);
    if (bytes == nullptr || bytes->sent < bytes->text.size()) break;
    std::string().swap(bytes->text);
    bytes->sent = 0;
    ++rest_at_;
  }
  // A queue that is never empty must not grow for ever.
  if (rest_at_ > 64) {
    rest_.erase(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(rest_at_));
    rest_at_ = 0;
  }
}

WriteQueue::Outcome WriteQueue::send_file(int socket, FilePart& part, std::uint64_t& sent) {
  auto offset = static_cast<off_t>(part.file.offset() + part.sent);
  const std::uint64_t left = std::min(part.file.length() - part.sent, kTurnBytesMax);
  const ssize_t taken = ::sendfile(socket, part.file.fd(), &offset, static_cast<std::size_t>(left));
  if (taken < 0) return outcome_of_errno();
  if (taken == 0) return Outcome::kFailed;
  sent += static_cast<std::uint64_t>(taken);
  part.sent += static_cast<std::uint64_t>(taken);
  if (part.sent == part.file.length()) {
    rest_[rest_at_] = Bytes{};  // closes the file now
    ++rest_at_;
  }
  return Outcome::kDone;
}

}  // namespace vigie::net
