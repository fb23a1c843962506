#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "server/http/console/html.hpp"
#include "server/http/exchange.hpp"

namespace vigie::http::console {

struct PageText {
  std::string title;
  std::string content;  // HTML
};

/// Links to the other pages, and the title as a heading.
Html begin_page(std::string_view title);

/// A number as people read it: "1,204", "0.25", "–" when there is none.
std::string number_text(const nlohmann::ordered_json& value, int digits = 2);
/// "12.4 ms", "1.2 s".
std::string duration_text(const nlohmann::ordered_json& milliseconds);
/// Text of any value; of an array or an object, its JSON.
std::string text_of(const nlohmann::ordered_json& value);
/// The member, or null.
const nlohmann::ordered_json& member(const nlohmann::ordered_json& object, std::string_view name);

PageText index_page(const nlohmann::ordered_json& document, const Exchange& exchange);
PageText problems_page(const nlohmann::ordered_json& document, const Exchange& exchange);
PageText problem_page(const nlohmann::ordered_json& document, const Exchange& exchange);
PageText logs_page(const nlohmann::ordered_json& document, const Exchange& exchange);
/// Of a document that has no page of its own.
PageText plain_page(const nlohmann::ordered_json& document, const Exchange& exchange);

/// A row of a table of log lines.
void write_line(Html& html, const nlohmann::ordered_json& line);

}  // namespace vigie::http::console
