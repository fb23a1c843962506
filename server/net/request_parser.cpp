#include "server/net/request_parser.hpp"

#include <algorithm>
#include <cstring>

#include "server/net/request_syntax.hpp"

namespace vigie::net {

namespace {

// Chunk sizes and extensions may not be more than this beyond the content they carry: a client that
// sends one byte a chunk is served, one that sends extensions without end is not.
constexpr std::uint64_t kFramingBytesMax = std::uint64_t{32} * 1024;
constexpr std::uint64_t kFramingBytesPerContentByteMax = 8;

bool is_number(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

const llhttp_settings_t& RequestParser::settings() {
  static const llhttp_settings_t kSettings = [] {
    llhttp_settings_t made;
    llhttp_settings_init(&made);
    made.on_header_field = on_header_field;
    made.on_header_value = on_header_value;
    made.on_headers_complete = on_headers_complete;
    made.on_chunk_header = on_chunk_header;
    made.on_chunk_complete = on_chunk_complete;
    made.on_body = on_body;
    made.on_message_complete = on_message_complete;
    return made;
  }();
  return kSettings;
}

RequestParser& RequestParser::of(llhttp_t* parser) {
  return *static_cast<RequestParser*>(parser->data);
}

RequestParser::RequestParser(const Limits& limits)
    : head_(FieldSection::Kind::kHead, limits), trailers_(FieldSection::Kind::kTrailers, limits) {
  reset();
}

void RequestParser::reset() {
  llhttp_init(&llhttp_, HTTP_REQUEST, &settings());
  llhttp_.data = this;
  head_.clear();
  trailers_.clear();
  request_.method = http::Method::kUnknown;
  request_.method_name = request_.target = request_.path = request_.query = {};
  request_.headers.clear();
  request_.trailers.clear();
  request_.minor_version = 1;
  request_.body = nullptr;
  state_ = State::kHead;
  chunk_line_ = ChunkLine::kNone;
  must_keep_alive_ = expects_continue_ = in_trailers_ = false;
  content_length_.reset();
  body_bytes_ = framing_bytes_ = 0;
}

void RequestParser::refuse(http::Refusal refusal) {
  state_ = State::kRefused;
  refusal_ = refusal;
}

std::size_t RequestParser::feed_head(std::string_view bytes) {
  const std::size_t taken = head_.feed(bytes);
  if (head_.is_complete() || head_.refusal()) read_head();
  return taken;
}

void RequestParser::read_head() {
  std::optional<http::Refusal> refusal = head_.refusal();
  // The request line is read even so: the application may want to say what it refuses.
  if (!head_.request_line().empty()) {
    const auto line_refusal = read_request_line(head_.request_line(), request_);
    if (!refusal) refusal = line_refusal;
  }
  if (refusal) return refuse(*refusal);
  state_ = State::kBody;
  run(head_.text());
  if (state_ != State::kRefused) check_fields();
  if (state_ == State::kBody && (llhttp_.flags & F_CHUNKED) != 0) chunk_line_ = ChunkLine::kSize;
}

std::size_t RequestParser::run(std::string_view bytes) {
  const llhttp_errno_t error = llhttp_execute(&llhttp_, bytes.data(), bytes.size());
  if (error == HPE_OK) return bytes.size();
  const bool has_paused = error == HPE_PAUSED || error == HPE_PAUSED_UPGRADE;
  if (!has_paused) {
    if (state_ != State::kRefused) refuse(http::Refusal::kMalformed);
    return bytes.size();
  }
  const char* stopped_at = llhttp_get_error_pos(&llhttp_);
  if (state_ != State::kDone) llhttp_resume(&llhttp_);
  return static_cast<std::size_t>(stopped_at - bytes.data());
}

int RequestParser::on_header_field(llhttp_t* parser, const char* at, std::size_t length) {
  RequestParser& self = of(parser);
  http::RequestHeaders& fields = self.in_trailers_ ? self.request_.trailers : self.request_.headers;
  fields.add({std::string_view(at, length), {}});
  return 0;
}

// Each section is given to llhttp in one piece, so that a name or a value is one span.
int RequestParser::on_header_value(llhttp_t* parser, const char* at, std::size_t length) {
  RequestParser& self = of(parser);
  http::RequestHeaders& fields = self.in_trailers_ ? self.request_.trailers : self.request_.headers;
  fields.set_last_value(trimmed(std::string_view(at, length)));
  return 0;
}

int RequestParser::on_headers_complete(llhttp_t* parser) {
  RequestParser& self = of(parser);
  self.must_keep_alive_ = llhttp_should_keep_alive(parser) != 0;
  // We never change protocols: Upgrade is ignored (RFC 9110, section 7.8), CONNECT is answered and
  // its connection closed, because what follows may not be HTTP.
  if (self.request_.method == http::Method::kConnect) {
    self.must_keep_alive_ = false;
  } else {
    parser->upgrade = 0;
  }
  return 0;
}

int RequestParser::on_chunk_header(llhttp_t* parser) {
  RequestParser& self = of(parser);
  if (parser->content_length != 0) return 0;
  self.in_trailers_ = true;
  return HPE_PAUSED;
}

// The next chunk's first line is ours to look at before llhttp does.
int RequestParser::on_chunk_complete(llhttp_t* parser) {
  RequestParser& self = of(parser);
  if (self.in_trailers_) return 0;
  self.chunk_line_ = ChunkLine::kSize;
  return HPE_PAUSED;
}

int RequestParser::on_body(llhttp_t* parser, const char* at, std::size_t length) {
  RequestParser& self = of(parser);
  if (self.content_end_ != at) std::memmove(self.content_end_, at, length);
  self.content_end_ += length;
  return 0;
}

int RequestParser::on_message_complete(llhttp_t* parser) {
  of(parser).state_ = State::kDone;
  return HPE_PAUSED;
}

void RequestParser::check_fields() {
  int host_count = 0;
  TransferCodings codings;
  for (const http::HeaderView& field : request_.headers.fields()) {
    if (equals_ignoring_case(field.name, "host")) {
      ++host_count;
      if (!is_host(field.value)) return refuse(http::Refusal::kMalformed);
    } else if (equals_ignoring_case(field.name, "transfer-encoding")) {
      if (request_.minor_version == 0) return refuse(http::Refusal::kMalformed);  // it has none
      codings.add(field.value);
    } else {
      check_field(field);
      if (state_ == State::kRefused) return;
    }
  }
  const bool has_right_hosts = host_count == 1 || (host_count == 0 && request_.minor_version == 0);
  if (!has_right_hosts) return refuse(http::Refusal::kMalformed);
  if (const auto refusal = codings.refusal()) refuse(*refusal);
}

void RequestParser::check_field(const http::HeaderView& field) {
  if (equals_ignoring_case(field.name, "content-length")) {
    if (!is_number(field.value)) return refuse(http::Refusal::kMalformed);
    std::uint64_t length = 0;  // llhttp has refused what overflows
    for (const char digit : field.value) length = length * 10 + static_cast<unsigned>(digit - '0');
    content_length_ = length;
  } else if (equals_ignoring_case(field.name, "expect") && request_.minor_version > 0) {
    const Expectations expected = read_expectations(field.value);
    if (expected.has_unknown) return refuse(http::Refusal::kExpectationFailed);
    expects_continue_ |= expected.has_continue && state_ == State::kBody;
  }
}

RequestParser::BodyPart RequestParser::feed_body(std::span<char> bytes) {
  content_end_ = bytes.data();
  std::size_t taken = 0;
  while (state_ == State::kBody && taken < bytes.size()) {
    const std::string_view rest(bytes.data() + taken, bytes.size() - taken);
    if (in_trailers_) {
      taken += feed_trailers(rest);
    } else {
      taken += chunk_line_ == ChunkLine::kNone ? run(rest) : feed_chunk_line(rest);
    }
  }
  const auto content_bytes = static_cast<std::size_t>(content_end_ - bytes.data());
  body_bytes_ += content_bytes;
  framing_bytes_ += taken - content_bytes;
  if (framing_bytes_ > kFramingBytesMax + kFramingBytesPerContentByteMax * body_bytes_) {
    refuse(http::Refusal::kMalformed);
  }
  return {.content = {bytes.data(), content_bytes}, .taken = taken};
}

std::size_t RequestParser::feed_chunk_line(std::string_view bytes) {
  if (chunk_line_ == ChunkLine::kExtension) {
    take_extension(bytes.front());
    // The end of the line is llhttp's again.
    return chunk_line_ == ChunkLine::kExtension ? 1 : 0;
  }
  const std::size_t end = std::min(bytes.find_first_of("; \t\r"), bytes.size());
  if (end > 0) return run(bytes.substr(0, end));
  const bool has_extension = bytes.front() != '\r';
  chunk_line_ = has_extension ? ChunkLine::kExtension : ChunkLine::kNone;
  extension_.reset();
  return 0;
}

void RequestParser::take_extension(char c) {
  if (c == '\r' && extension_.may_end()) {
    chunk_line_ = ChunkLine::kNone;
  } else if (!extension_.take(c)) {
    refuse(http::Refusal::kMalformed);
  }
}

std::size_t RequestParser::feed_trailers(std::string_view bytes) {
  const std::size_t taken = trailers_.feed(bytes);
  if (trailers_.refusal()) {
    refuse(*trailers_.refusal());
  } else if (trailers_.is_complete()) {
    run(trailers_.text());
  }
  return taken;
}

}  // namespace vigie::net
