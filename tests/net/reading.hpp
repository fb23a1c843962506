#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "server/net/request_parser.hpp"

namespace vigie::net {

using State = RequestParser::State;

/// What a parser made of some bytes, given to it in pieces.
struct Reading {
  State state;
  std::string body;
  std::size_t taken;
};

inline Reading read_in_pieces(RequestParser& parser, std::string bytes, std::size_t piece) {
  Reading reading{State::kHead, "", 0};
  while (reading.taken < bytes.size() &&
         (parser.state() == State::kHead || parser.state() == State::kBody)) {
    const std::size_t size = std::min(piece, bytes.size() - reading.taken);
    if (parser.state() == State::kHead) {
      reading.taken += parser.feed_head(std::string_view(bytes).substr(reading.taken, size));
    } else {
      const auto part = parser.feed_body({bytes.data() + reading.taken, size});
      reading.body += part.content;
      reading.taken += part.taken;
    }
  }
  reading.state = parser.state();
  return reading;
}

inline std::string get_with(std::string_view fields) {
  return "GET / HTTP/1.1\r\n" + std::string(fields) + "\r\n\r\n";
}

}  // namespace vigie::net
