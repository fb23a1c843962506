#include "server/net/exchange.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "server/net/connection.hpp"
#include "server/net/shard.hpp"

namespace vigie::net {

namespace {

http::Refusal refusal_of(domain::ShareRefusal why, http::PlaceOf pool) {
  if (why == domain::ShareRefusal::kFull) return http::Refusal::kTooManyRequests;
  return pool == http::PlaceOf::kStreams ? http::Refusal::kStreamsShareExceeded
                                         : http::Refusal::kRequestsShareExceeded;
}

/// After these the end of the request is where its head says it is.
bool may_keep(http::Refusal refusal) {
  return refusal == http::Refusal::kTooManyRequests ||
         refusal == http::Refusal::kRequestsShareExceeded ||
         refusal == http::Refusal::kStreamsShareExceeded;
}

bool has_no_body(int status) { return status == 204 || status == 304 || status / 100 == 1; }

}  // namespace

Exchange::Exchange(Connection& connection)
    : connection_(connection), request_body_(connection), response_body_(connection) {}

void Exchange::start() {
  is_streaming_ = false;
  RequestParser& parser = connection_.parser();
  if (parser.state() == RequestParser::State::kRefused) return refuse(parser.refusal());
  if (!admit()) return;
  Shard& shard = connection_.shard();
  shard.begin_request();
  is_serving_ = true;
  if (shard.reactor().spawn([this] { serve(); })) return;
  leave();
  refuse(http::Refusal::kTooManyRequests);
}

void Exchange::leave() {
  is_serving_ = false;
  // What is as long as a media has ended when the client has taken it.
  if (!holds_until_sent_ || !connection_.is_open()) place_.release();
  connection_.shard().end_request();
}

bool Exchange::admit() {
  RequestParser& parser = connection_.parser();
  http::Request& request = parser.request();
  http::Admission admission = connection_.shard().application().admit(request);
  request_body_.begin(admission, parser.expects_continue());
  if (admission.refusal) {
    respond(*admission.refusal, false);
  } else if (parser.content_length().value_or(0) > admission.body_bytes_max) {
    http::Response response =
        connection_.shard().application().refuse(http::Refusal::kBodyTooLarge, &request);
    respond(response, false);
  } else if (const auto refusal = take_place(admission)) {
    refuse(*refusal);
    return false;
  } else {
    request.body = &request_body_;
    return true;
  }
  connection_.end_request(must_close_);
  return false;
}

std::optional<http::Refusal> Exchange::take_place(const http::Admission& admission) {
  place_.release();  // of what was pipelined before
  if (admission.place_of == http::PlaceOf::kNone) return std::nullopt;
  holds_until_sent_ = admission.place_of == http::PlaceOf::kStreams;
  ServerPools& pools = connection_.shard().pools();
  domain::SharePool& pool =
      admission.place_of == http::PlaceOf::kStreams ? pools.streams : pools.requests;
  domain::ShareRefusal why{};
  place_ = pool.try_take(admission.caller, why);
  if (place_) return std::nullopt;
  return refusal_of(why, admission.place_of);
}

void Exchange::refuse(http::Refusal refusal) {
  http::Response response =
      connection_.shard().application().refuse(refusal, &connection_.parser().request());
  respond(response, !may_keep(refusal));
  connection_.end_request(must_close_);
}

void Exchange::serve() {
  http::Application& application = connection_.shard().application();
  http::Request& request = connection_.parser().request();
  http::Response response = application.handle(request);
  const std::optional<http::Refusal> refusal = request_body_.refusal();
  // What the client did to its body decides, whatever the handler made of the failed read.
  if (refusal && connection_.is_open()) response = application.refuse(*refusal, &request);
  respond(response, refusal.has_value());
  request_body_.end();
  leave();
  connection_.end_request(must_close_);
}

void Exchange::on_sent() {
  if (!is_serving_) place_.release();
}

void Exchange::on_closed() {
  on_sent();
  request_body_.notify();
  response_body_.notify();
}

void Exchange::respond(http::Response& response, bool must_close) {
  if (!connection_.is_open()) return;
  const bool is_kept = !is_patience_over(response) && !must_close && can_keep_connection(response);
  must_close_ = !is_kept;
  const ResponseFraming framing = framing_of(response, is_kept);
  Shard& shard = connection_.shard();
  std::string& head = shard.scratch();
  head.clear();
  append_head(head, response, framing, shard.date_line());
  connection_.output().append(std::string_view(head));
  const bool is_head_request = connection_.parser().request().method == http::Method::kHead;
  if (!is_head_request && framing.framing != Framing::kNoBody) send_body(response, framing);
}

/// Who goes on asking although he is refused costs a connection; when they are few, at once. In a
/// flood some are served now and then, as the rate refills. A proxy carries others too.
bool Exchange::is_patience_over(const http::Response& response) {
  constexpr int kTooManyRequests = 429;
  constexpr std::size_t kForgiven = 4;
  if (!connection_.peer().holder) return false;
  if (response.status != kTooManyRequests) {
    refusals_ -= std::min(refusals_, kForgiven);
    return false;
  }
  Shard& shard = connection_.shard();
  return ++refusals_ >= shard.limits().refusals_max || shard.pools().is_short_of_connections();
}

void Exchange::send_body(http::Response& response, const ResponseFraming& framing) {
  if (auto* text = std::get_if<std::string>(&response.body)) {
    connection_.output().append(std::move(*text));
  } else if (auto* file = std::get_if<http::FileRange>(&response.body)) {
    connection_.output().append(std::move(*file));
  } else if (auto* pieces = std::get_if<http::BodyPieces>(&response.body)) {
    for (auto& piece : pieces->pieces) {
      std::visit([&](auto& part) { connection_.output().append(std::move(part)); }, piece);
    }
  } else {
    stream(std::get<http::BodyStream>(response.body), framing);
  }
}

void Exchange::stream(http::BodyStream& body, const ResponseFraming& framing) {
  is_streaming_ = true;
  connection_.resume_reading();  // a client that leaves is noticed by reading
  connection_.touch();
  response_body_.begin(framing);
  try {
    // A refusal is made off the fibers, where nothing can wait: it has no stream.
    if (on_fiber()) body.produce(response_body_);
    if (!response_body_.end()) connection_.abort();
  } catch (...) {
    // The client sees by the missing end that something is missing.
    connection_.shard().reactor().count_exception();
    connection_.abort();
  }
  is_streaming_ = false;
}

bool Exchange::can_keep_connection(const http::Response& response) const {
  if (response.must_close || connection_.shard().is_draining()) return false;
  if (!connection_.parser().must_keep_alive()) return false;
  const auto* const stream = std::get_if<http::BodyStream>(&response.body);
  const bool ends_by_close =
      stream != nullptr && !stream->length && connection_.parser().request().minor_version == 0;
  return !ends_by_close && may_discard_rest();
}

bool Exchange::may_discard_rest() const {
  const RequestParser& parser = connection_.parser();
  if (parser.state() == RequestParser::State::kDone) return true;
  // Without our 100 (Continue) the body may come or not: the end of this request is unknown.
  if (parser.state() != RequestParser::State::kBody || request_body_.is_uninvited()) return false;
  const std::uint64_t rest = parser.content_length().value_or(0) - parser.body_bytes();
  return !parser.content_length() || rest <= connection_.shard().limits().discard_bytes_max;
}

ResponseFraming Exchange::framing_of(const http::Response& response, bool is_kept) const {
  const bool is_old = connection_.parser().request().minor_version == 0;
  ResponseFraming framing;
  if (!is_kept) {
    framing.connection = ConnectionField::kClose;
  } else if (is_old) {
    framing.connection = ConnectionField::kKeepAlive;
  }
  if (has_no_body(response.status)) return framing;
  framing.framing = Framing::kLength;
  if (const auto* text = std::get_if<std::string>(&response.body)) {
    framing.length = text->size();
  } else if (const auto* file = std::get_if<http::FileRange>(&response.body)) {
    framing.length = file->length();
  } else if (const auto* pieces = std::get_if<http::BodyPieces>(&response.body)) {
    framing.length = pieces->length();
  } else if (const auto& stream = std::get<http::BodyStream>(response.body); stream.length) {
    framing.length = *stream.length;
  } else {
    framing.framing = is_old ? Framing::kUntilClose : Framing::kChunked;
  }
  return framing;
}

}  // namespace vigie::net
