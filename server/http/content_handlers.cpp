#include "server/http/content_answer.hpp"
#include "server/http/handlers.hpp"

namespace vigie::http {
namespace {

/// A text that is no id names nothing that exists.
domain::Result<domain::MediaId> media_id(const Exchange& exchange) {
  if (const auto id = domain::MediaId::parse(exchange.match.parameters[0])) return *id;
  return domain::Error{.code = domain::Code::kNotFound, .message = "There is no such media."};
}

}  // namespace

Answer download_media(Resources& resources, Exchange& exchange) {
  const auto id = media_id(exchange);
  if (!id) return id.error();
  const auto readable = resources.media_library.content(exchange.context, *id);
  if (!readable) return readable.error();
  return content_answer(resources, exchange, *readable);
}

Answer download_preview(Resources& resources, Exchange& exchange) {
  const auto id = media_id(exchange);
  if (!id) return id.error();
  const auto readable =
      resources.media_library.preview(exchange.context, *id, exchange.match.parameters[1]);
  if (!readable) return readable.error();
  return content_answer(resources, exchange, *readable);
}

}  // namespace vigie::http
