#include "server/net/connection.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <utility>

#include "server/net/shard.hpp"

namespace vigie::net {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kFreshGrace{1};

}  // namespace

Connection::Connection(Shard& shard, core::Descriptor socket, Peer peer)
    : shard_(shard),
      socket_(std::move(socket)),
      peer_(std::move(peer)),
      phase_began_at_(shard.reactor().turn_began_at()),
      timer_([this] { on_deadline(); }),
      parser_(shard.limits()),
      pace_(shard.limits()),
      exchange_(*this) {
  parser_.request().peer_address = peer_.address;
  parser_.request().received_at = phase_began_at_;
}

// Open still if its loop has stopped: then nobody is left to be told.
Connection::~Connection() = default;

void Connection::begin() { keep_deadline(); }

void Connection::begin_refused(http::Refusal refusal) {
  was_refused_ = true;
  enter(Phase::kServing);
  exchange_.refuse(refusal);
}

bool Connection::is_idle() const noexcept {
  const bool is_quiet =
      phase_ == Phase::kReading && !parser_.head_has_begun() && output_.empty() && input_.empty();
  return is_quiet && (!is_fresh_ || Clock::now() - phase_began_at_ > kFreshGrace);
}

void Connection::on_ready(Readiness readiness) {
  // Within a batch, an event may follow the one that closed us.
  if (readiness.writable && is_open()) flush();
  if ((readiness.readable || readiness.hung_up) && is_open()) on_readable(readiness.hung_up);
}

void Connection::on_readable(bool has_hung_up) {
  switch (phase_) {
    case Phase::kReading:
      return read_requests();
    case Phase::kServing:
      return read_ahead(has_hung_up);
    case Phase::kDiscarding:
      if (const ssize_t size = receive(shard_.read_buffer()); size > 0) {
        return discard({shard_.read_buffer().data(), static_cast<std::size_t>(size)});
      }
      return;
    case Phase::kClosing:
      return has_hung_up ? abort() : set_interest(false, wants_output_);
    case Phase::kLingering:
      static_cast<void>(receive(shard_.read_buffer()));  // until its end, which aborts
      return;
    case Phase::kClosed:
      return;
  }
}

ssize_t Connection::receive(std::span<char> room) noexcept {
  const ssize_t size = ::recv(socket_.get(), room.data(), room.size(), 0);
  if (size > 0) return size;
  const bool is_just_empty = size < 0 && (errno == EAGAIN || errno == EINTR);
  if (!is_just_empty && phase_ != Phase::kServing) abort();
  return is_just_empty ? -1 : 0;
}

void Connection::read_requests() {
  // A client that does not take its answers may not ask for more.
  if (!output_.empty()) return set_interest(false, wants_output_);
  const std::span<char> buffer = shard_.read_buffer();
  const ssize_t size = receive(buffer);
  if (size > 0) take({buffer.data(), static_cast<std::size_t>(size)});
}

void Connection::take(std::string_view bytes) {
  is_taking_ = true;
  while (phase_ == Phase::kReading && !wants_output_) {
    const bool is_new = !bytes.empty();
    const std::string_view source = is_new ? bytes : input_.view();
    if (source.empty()) break;
    if (!parser_.head_has_begun()) {
      phase_began_at_ = parser_.request().received_at = shard_.reactor().turn_began_at();
    }
    const std::size_t taken = parser_.feed_head(source);
    if (is_new) {
      bytes.remove_prefix(taken);
    } else {
      input_.consume(taken);
    }
    if (parser_.state() == RequestParser::State::kHead) break;
    if (!bytes.empty()) input_.append(std::exchange(bytes, {}));
    dispatch();
  }
  is_taking_ = false;
  if (!is_open()) return;
  if (!bytes.empty()) input_.append(bytes);
  if (!output_.empty() || phase_ == Phase::kClosing) flush();
  if (is_open()) keep_deadline();
}

void Connection::dispatch() {
  is_fresh_ = false;
  enter(Phase::kServing);
  exchange_.start();
  // Many small pipelined answers share a system call, but not without bound.
  constexpr std::size_t kGatheredBytesMax = std::size_t{64} * 1024;
  if (is_open() && output_.queued_bytes() > kGatheredBytesMax) flush();
}

void Connection::read_ahead(bool has_hung_up) {
  if (exchange_.awaits_input()) return exchange_.on_input();
  if (has_hung_up) return abort();
  const bool body_is_unread = parser_.state() == RequestParser::State::kBody;
  if (body_is_unread || input_.size() >= shard_.limits().pipeline_bytes_max) {
    return set_interest(false, wants_output_);
  }
  const std::span<char> buffer = shard_.read_buffer();
  const ssize_t size = receive(buffer);
  if (size > 0) {
    input_.append({buffer.data(), static_cast<std::size_t>(size)});
  } else if (size == 0 && exchange_.is_streaming()) {
    abort();  // nobody would see the end of an endless stream
  } else if (size == 0) {
    set_interest(false, wants_output_);  // a half-closed client still wants its answer
  }
}

void Connection::end_request(bool must_close) {
  if (!is_open()) return shard_.retire(*this);
  if (must_close) {
    close_after_output();
  } else if (parser_.state() == RequestParser::State::kBody) {
    discarded_bytes_ = 0;
    enter(Phase::kDiscarding);
    resume_reading();
    if (!input_.empty()) touch();
  } else {
    begin_request();
  }
  if (!is_taking_ && is_open()) flush();
}

void Connection::begin_request() {
  parser_.reset();
  enter(Phase::kReading);
  resume_reading();
  if (!is_taking_ && !input_.empty()) touch();
}

void Connection::discard(std::string_view bytes) {
  // The parser moves content together in place, so it gets bytes of its own.
  std::string body(bytes);
  const RequestParser::BodyPart part = parser_.feed_body(body);
  discarded_bytes_ += part.taken;
  const RequestParser::State state = parser_.state();
  if (state == RequestParser::State::kDone) {
    input_.put_back(std::string_view(body).substr(part.taken));
    begin_request();
  } else if (state == RequestParser::State::kRefused ||
             discarded_bytes_ > shard_.limits().discard_bytes_max) {
    close_after_output();
  }
}

void Connection::touch() { shard_.touch(*this); }

void Connection::end_turn() {
  if (!is_open()) return;
  if (phase_ == Phase::kDiscarding && !input_.empty()) {
    const std::string bytes(input_.view());
    input_.clear();
    discard(bytes);
  }
  if (phase_ == Phase::kReading && output_.empty()) return take({});
  if (is_open()) flush();
}

void Connection::flush() {
  if (output_.empty() && !wants_output_) {
    if (phase_ == Phase::kClosing) on_output_sent();
    return;
  }
  std::uint64_t sent = 0;
  const WriteQueue::Outcome outcome = output_.flush(socket_.get(), sent);
  if (outcome == WriteQueue::Outcome::kFailed) return abort();
  const bool is_done = outcome == WriteQueue::Outcome::kDone;
  pace_.on_sent(sent);
  if (!wants_output_ && !is_done) pace_.begin(socket_.get(), shard_.reactor().turn_began_at());
  if (wants_output_ == is_done) set_interest(wants_input_, !is_done);
  if (output_.queued_bytes() <= shard_.limits().write_queue_low_water_bytes) exchange_.on_output();
  if (is_done) return on_output_sent();
  keep_deadline();
}

void Connection::on_output_sent() {
  exchange_.on_sent();
  if (phase_ == Phase::kReading) {
    resume_reading();
    if (!is_taking_ && !input_.empty()) touch();
  } else if (phase_ == Phase::kClosing) {
    // Unread input would turn our close into a reset, which may overtake the answer. Nor may it
    // cross a request that the client has just sent, not knowing that we close.
    const bool was_agreed = !parser_.must_keep_alive() && input_.empty() &&
                            parser_.state() == RequestParser::State::kDone;
    if (was_agreed) return abort();
    ::shutdown(socket_.get(), SHUT_WR);
    enter(Phase::kLingering);
    resume_reading();
  }
}

void Connection::close_after_output() {
  enter(Phase::kClosing);
  if (!is_taking_) flush();
}

void Connection::on_drain() {
  if (phase_ != Phase::kReading || parser_.head_has_begun()) return;
  phase_began_at_ = shard_.reactor().turn_began_at();
  keep_deadline();
}

void Connection::abort() {
  if (!is_open()) return;
  shard_.reactor().timers().cancel(timer_);
  shard_.reactor().poller().remove(socket_.get());
  socket_.reset();
  phase_ = Phase::kClosed;
  output_.clear();
  input_.clear();
  peer_.place.release();
  shard_.on_closed(*this);
  const bool is_serving = exchange_.is_serving();  // then end_request will retire us
  exchange_.on_closed();
  if (!is_serving) shard_.retire(*this);
}

void Connection::resume_reading() {
  if (!wants_input_) set_interest(true, wants_output_);
}

void Connection::set_interest(bool readable, bool writable) {
  if (!is_open() || (readable == wants_input_ && writable == wants_output_)) return;
  wants_input_ = readable;
  wants_output_ = writable;
  shard_.reactor().poller().modify(socket_.get(), {.readable = readable, .writable = writable},
                                   *this);
}

void Connection::enter(Phase phase) {
  phase_ = phase;
  phase_began_at_ = shard_.reactor().turn_began_at();
  // Serving ends within the same turn, most often: then there is nothing to keep.
  if (phase != Phase::kServing && !is_taking_) keep_deadline();
}

TimePoint Connection::deadline() const noexcept {
  const Limits& limits = shard_.limits();
  if (wants_output_) return pace_.deadline();
  switch (phase_) {
    case Phase::kReading:
      if (parser_.head_has_begun()) return phase_began_at_ + limits.header_time_max;
      if (shard_.is_draining()) return phase_began_at_ + limits.drain_idle_grace;
      return phase_began_at_ + (is_fresh_ ? limits.header_time_max : limits.idle_time_max);
    case Phase::kDiscarding:
      return phase_began_at_ + limits.header_time_max;
    case Phase::kLingering:
      return phase_began_at_ + limits.linger_time_max;
    default:
      return TimePoint::max();
  }
}

// The timer is set only for a time earlier than the one it is set for: most deadlines are pushed
// back long before they come, and then cost nothing.
void Connection::keep_deadline() {
  const TimePoint when = deadline();
  if (when == TimePoint::max()) return;
  if (timer_.is_scheduled() && timer_.when() <= when) return;
  shard_.reactor().timers().schedule(timer_, when);
}

void Connection::on_deadline() {
  if (Clock::now() < deadline()) return keep_deadline();
  if (wants_output_) return judge_reader();
  const bool is_slow_head = phase_ == Phase::kReading && parser_.head_has_begun();
  if (!is_slow_head) return abort();
  enter(Phase::kServing);
  exchange_.refuse(http::Refusal::kHeaderTimeout);
}

void Connection::judge_reader() {
  const ReaderPace::Verdict verdict = pace_.judge(socket_.get(), Clock::now());
  if (verdict == ReaderPace::Verdict::kGoodEnough) return keep_deadline();
  const bool is_stalled = verdict == ReaderPace::Verdict::kStalled;
  shard_.on_given_up(is_stalled ? ReaderFault::kStalled : ReaderFault::kSlow);
  // With a reset: the kernel would go on for as long as the client likes, and the end of a body
  // that is ended by closing would look like its end.
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  abort();
}

}  // namespace vigie::net
