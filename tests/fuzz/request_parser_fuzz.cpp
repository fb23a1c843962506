// The path from bytes to a request, in pieces whose sizes the input chooses: its first byte is the
// size of the pieces, the rest is what a client sends.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "server/net/request_parser.hpp"

namespace {

using vigie::net::RequestParser;

void require(bool is_true) {
  if (!is_true) std::abort();
}

void check_head(RequestParser& parser, const vigie::net::Limits& limits) {
  const vigie::http::Request& request = parser.request();
  require(request.headers.fields().size() <= limits.header_count_max);
  require(request.target.size() <= limits.target_bytes_max);
  for (const vigie::http::HeaderView& field : request.headers.fields()) {
    require(!field.name.empty());
    require(field.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
  }
}

/// Takes one piece; false when nothing can come of more.
bool feed(RequestParser& parser, std::string_view piece, std::size_t& taken) {
  if (parser.state() == RequestParser::State::kHead) {
    taken = parser.feed_head(piece);
    return parser.state() != RequestParser::State::kRefused;
  }
  std::string room(piece);
  const RequestParser::BodyPart part = parser.feed_body(room);
  taken = part.taken;
  require(part.content.size() <= part.taken);
  return parser.state() != RequestParser::State::kRefused;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 2) return 0;
  static const vigie::net::Limits kLimits{
      .target_bytes_max = 64, .header_bytes_max = 256, .header_count_max = 8};
  const std::size_t piece_size = 1 + bytes[0];
  std::string_view input(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  RequestParser parser(kLimits);
  while (!input.empty()) {
    std::size_t taken = 0;
    const std::string_view piece = input.substr(0, piece_size);
    if (!feed(parser, piece, taken)) return 0;
    require(taken > 0 && taken <= piece.size());
    input.remove_prefix(taken);
    if (parser.state() != RequestParser::State::kHead) check_head(parser, kLimits);
    if (parser.state() == RequestParser::State::kDone) parser.reset();
  }
  return 0;
}
