#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "server/http/answers.hpp"
#include "server/http/console/html.hpp"
#include "server/http/field_list.hpp"
#include "server/http/framed_page.hpp"
#include "server/http/handlers.hpp"
#include "server/http/media_type.hpp"
#include "server/http/page.hpp"
#include "server/http/preconditions.hpp"
#include "server/platform/core/hex.hpp"
#include "telemetry/json_writer.hpp"

namespace vigie::http {
namespace {

/// Enough to tell one build's text from another's (FNV-1a); nobody gains from a collision.
std::string tag_of_text(std::string_view text) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  std::array<std::uint8_t, sizeof hash> bytes;
  for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte, hash >>= 8) *byte = hash & 0xff;
  return '"' + core::to_hex(bytes) + '"';
}

struct Link {
  std::string_view path;
  std::string_view title;
};

constexpr auto kStart = std::to_array<Link>({
    {"/api/v1/docs", "The API, with commands to try"},
    {"/api/v1/openapi.json", "Its description in OpenAPI"},
    {"/api/v1/events", "Events that are published"},
    {"/.well-known/jwks.json", "Public keys of access tokens"},
    {"/livez", "Whether it answers"},
});

Response start_page() {
  console::Html html;
  html.open("main").element("h1", "Vigie").open("dl");
  for (const Link& link : kStart) {
    html.open("dt").link(link.path, link.path).close("dt").element("dd", link.title);
  }
  html.close("dl").close("main");
  Response page = text_answer(framed("Start", html.str()), media_types::kHtml, caching::kShared);
  add_page_headers(page);
  return page;
}

Response start_document() {
  telemetry::JsonWriter json;
  json.begin_object().key("links").begin_array();
  for (const Link& link : kStart) {
    json.begin_object().member("path", link.path).member("title", link.title).end_object();
  }
  json.end_array().end_object();
  return json_answer(200, json.take(), caching::kShared);
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

Answer show_start(Resources& /*resources*/, Exchange& exchange) {
  const bool is_for_a_person = prefers_html(combined(exchange.request.headers, kAccept));
  Response answer = is_for_a_person ? start_page() : start_document();
  answer.headers.set("Vary", std::string(kAccept));
  return answer;
}

Answer show_liveness(Resources& /*resources*/, Exchange& /*exchange*/) {
  return json_answer(200, R"({"status":"live"})", caching::kNever);
}

}  // namespace vigie::http
