#include <array>
#include <cstdint>

#include "server/http/answers.hpp"
#include "server/http/handlers.hpp"
#include "server/http/media_type.hpp"

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
  return unless_known(exchange.request, tag_of_text(keys),
                      text_answer(keys, media_types::kJwkSet, caching::kShared));
}

Answer show_openapi(Resources& resources, Exchange& exchange) {
  const Document& document = resources.openapi;
  return unless_known(exchange.request, document.entity_tag,
                      text_answer(document.text, media_types::kJson, caching::kShared));
}

Answer show_docs(Resources& resources, Exchange& exchange) {
  const Document& document = resources.docs;
  Response page = text_answer(document.text, "text/html; charset=utf-8", caching::kShared);
  // The page is one file: it needs nothing from elsewhere, and nothing of it may talk to elsewhere.
  page.headers.add("Content-Security-Policy",
                   "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
                   "connect-src 'self'; base-uri 'none'; form-action 'none'; "
                   "frame-ancestors 'none'");
  page.headers.add("X-Content-Type-Options", "nosniff");
  return unless_known(exchange.request, document.entity_tag, std::move(page));
}

Answer show_liveness(Resources& /*resources*/, Exchange& /*exchange*/) {
  return json_answer(200, R"({"status":"live"})", caching::kNever);
}

}  // namespace vigie::http
