#include <array>
#include <cstdint>

#include "server/http/answers.hpp"
#include "server/http/handlers.hpp"
#include "server/http/media_type.hpp"
#include "server/http/page.hpp"
#include "server/http/preconditions.hpp"

namespace vigie::http {
namespace {

/// Enough to tell one build's text from another's (FNV-1a); nobody gains from a collision.
std::string tag_of_text(std::string_view text) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string tag = "\"";
  for (int shift = 60; shift >= 0; shift -= 4) tag += kDigits[hash >> shift & 0xf];
  return tag + '"';
}

}  // namespace

Document Document::of(std::string text) {
  Document document;
  document.entity_tag = tag_of_text(text);
  document.text = std::move(text);
  return document;
}

Answer show_keys(Resources& resources, Exchange& exchange) {
  const std::string keys = resources.tokens.jwks();
  return conditioned(exchange, tag_of_text(keys), resources.clock.now(),
                     text_answer(keys, media_types::kJwkSet, caching::kShared));
}

Answer show_openapi(Resources& resources, Exchange& exchange) {
  const Document& document = resources.openapi;
  return conditioned(exchange, document.entity_tag, resources.clock.now(),
                     text_answer(document.text, media_types::kJson, caching::kShared));
}

Answer show_docs(Resources& resources, Exchange& exchange) {
  const Document& document = resources.docs;
  return conditioned(exchange, document.entity_tag, resources.clock.now(),
                     page_answer(document.text, pages::docs(), caching::kShared));
}

Answer show_liveness(Resources& /*resources*/, Exchange& /*exchange*/) {
  return json_answer(200, R"({"status":"live"})", caching::kNever);
}

}  // namespace vigie::http
