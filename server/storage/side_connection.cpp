#include "server/storage/side_connection.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "server/net/run_on.hpp"
#include "server/storage/answer.hpp"

namespace vigie::storage {

using Clock = std::chrono::steady_clock;

/// Used on the loop.
class SideConnection::State : private ConnectionOwner {
 public:
  State(net::EventLoop& loop, const DatabaseOptions& options, SideSession& session)
      : loop_(loop),
        options_(with_addresses(options)),
        session_(session),
        connection_(loop, options_, {.statement_timeout = options_.statement_timeout}, *this) {
    reply_.done = [this] { answered(); };
  }

  void open() { connection_.open(); }
  void close() {
    loop_.cancel(timer_);
    is_asking_ = false;
    connection_.close();
  }

 private:
  void connection_ready(Connection&, std::chrono::duration<double>) override { ask(); }
  void connection_idle(Connection&) override {}
  void connection_lost(Connection&, std::string_view) override {
    loop_.cancel(timer_);
    is_asking_ = false;
    session_.lost();
  }
  void notified(Connection&, std::string_view payload) override { session_.notified(payload); }

  void ask() {
    is_asking_ = true;
    reply_.rows.clear();
    reply_.error.reset();
    reply_.is_lost = false;
    const Parameters none;
    const Statement statement{session_.question(), none};
    connection_.send({&statement, 1}, &reply_);
    timer_ = loop_.call_at(Clock::now() + options_.connect_timeout,
                           [this] { connection_.lose("no answer on a side connection"); });
  }

  void answered() {
    // A loss is reported by connection_lost.
    if (!std::exchange(is_asking_, false) || reply_.is_lost) return;
    loop_.cancel(timer_);
    if (reply_.error) {
      // Not from here: the reply is still being delivered.
      timer_ = loop_.call_at(Clock::now() + options_.probe_interval,
                             [this] { connection_.lose("a question was refused"); });
      return;
    }
    session_.answered(reply_.rows.back());
    timer_ = loop_.call_at(Clock::now() + options_.probe_interval, [this] { ask(); });
  }

  net::EventLoop& loop_;
  const DatabaseOptions options_;
  SideSession& session_;
  Reply reply_;
  Connection connection_;
  bool is_asking_ = false;
  net::EventLoop::TimerId timer_ = 0;
};

SideConnection::SideConnection(net::EventLoop& loop, const DatabaseOptions& options,
                               SideSession& session)
    : loop_(loop), state_(std::make_shared<State>(loop, options, session)) {
  loop_.post([weak = std::weak_ptr(state_)] {
    if (const auto state = weak.lock()) state->open();
  });
}

SideConnection::~SideConnection() {
  net::close_on(loop_, [this] { state_->close(); });
}

}  // namespace vigie::storage
