#include "server/http/received.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <variant>

#include "server/http/negotiated.hpp"

namespace vigie::http {
namespace {

/// Null when all of it was read.
const ProblemType* read_content(Exchange& exchange) {
  BodyReader& reader = *exchange.request.body;
  const std::uint64_t bytes_max = exchange.match.route->body_bytes_max;
  exchange.body.reserve(std::min(reader.length().value_or(0), bytes_max));
  while (true) {
    const auto piece = reader.next();
    if (!piece) return &problem_of_reading(piece.error());
    if (piece->empty()) return nullptr;
    if (exchange.body.size() + piece->size() > bytes_max) return &problems::kContentTooLarge;
    exchange.body += *piece;
  }
}

}  // namespace

const ProblemType& problem_of_reading(const domain::Error& error) {
  switch (error.code) {
    case domain::Code::kValidationFailed:
      return problems::kContentTooLarge;
    case domain::Code::kDeadlineExceeded:
      return problems::kBodyTooSlow;
    default:
      return problems::kBodyIncomplete;
  }
}

Response refuse_unread(Exchange& exchange, const ProblemType& type) {
  Response response = refuse(exchange, type);
  response.must_close = true;
  return response;
}

Response Received::run(Exchange& exchange) {
  if (exchange.match.route->is_streamed) return next_.run(exchange);
  const bool takes_content = !exchange.match.route->request_type.empty();
  // Chunks may turn out to be no content.
  if (!takes_content && !announces_content(exchange.request)) return next_.run(exchange);
  if (const ProblemType* problem = read_content(exchange)) {
    return refuse_unread(exchange, *problem);
  }
  if (!takes_content) return next_.run(exchange);
  auto parsed = parse_json(exchange.body);
  if (const auto* problem = std::get_if<Problem>(&parsed)) return refuse(exchange, *problem);
  exchange.json = std::get<JsonValue>(std::move(parsed));
  return next_.run(exchange);
}

}  // namespace vigie::http
