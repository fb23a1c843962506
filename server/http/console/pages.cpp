#include "server/http/console/pages.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace vigie::http::console {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kDepthMax = 6;
/// Members of a log line that have a column, or that are the same in each.
constexpr auto kOwnColumns = std::to_array<std::string_view>(
    {"timestamp", "severity_text", "event", "message", "trace_id", "span_id", "service.name",
     "service.version", "repeated_count", "first_timestamp"});

bool has_column(std::string_view name) {
  for (const std::string_view own : kOwnColumns) {
    if (own == name) return true;
  }
  return false;
}

bool is_id(const Json& value) {
  return value.is_string() && value.get_ref<const std::string&>().size() == 32 &&
         value.get_ref<const std::string&>().find_first_not_of("0123456789abcdef") ==
             std::string::npos;
}

void write_value(Html& html, std::string_view name, const Json& value, int depth);

void write_members(Html& html, const Json& object, int depth) {
  html.open("dl");
  for (const auto& [name, value] : object.items()) {
    html.element("dt", name).open("dd");
    write_value(html, name, value, depth + 1);
    html.close("dd");
  }
  html.close("dl");
}

void write_items(Html& html, const Json& array, int depth) {
  if (array.empty()) {
    html.element("span", "none", {{"class", "soft"}});
    return;
  }
  html.open("ul");
  for (const Json& item : array) {
    html.open("li");
    write_value(html, "", item, depth + 1);
    html.close("li");
  }
  html.close("ul");
}

void write_value(Html& html, std::string_view name, const Json& value, int depth) {
  if (depth > kDepthMax) {
    html.element("code", text_of(value));
  } else if (value.is_object()) {
    write_members(html, value, depth);
  } else if (value.is_array()) {
    write_items(html, value, depth);
  } else if (name == "trace_id" && is_id(value)) {
    html.link("/debug/traces/" + text_of(value), text_of(value));
  } else {
    html.text(text_of(value));
  }
}

std::string_view colour_of(const Json& level) {
  if (level == "ERROR") return "red";
  return level == "WARN" ? "orange" : "soft";
}

/// What the line says beyond its columns: "vigie.reason=database".
void write_fields(Html& html, const Json& line) {
  bool is_first = true;
  for (const auto& [name, value] : line.items()) {
    if (has_column(name)) continue;
    if (!is_first) html.text(", ");
    is_first = false;
    html.text(name).text("=").text(text_of(value));
  }
}

std::string target_of(const Exchange& exchange) {
  std::string target(exchange.request.path);
  if (!exchange.request.query.empty()) target.append("?").append(exchange.request.query);
  return target;
}

/// How a program asks for the same.
void write_command(Html& html, const Exchange& exchange) {
  const auto host = exchange.request.headers.first("Host").value_or("127.0.0.1:9464");
  html.element("p", "As JSON:", {{"class", "soft"}});
  html.element("pre", "curl -s 'http://" + std::string(host) + target_of(exchange) + "'");
}

}  // namespace

Html begin_page(std::string_view title) {
  Html html;
  html.open("nav")
      .link("/", "Vigie")
      .link("/console", "Console")
      .link("/debug/traces?error=true&limit=20", "Failed traces")
      .link("/debug/logs?level=warn&limit=100", "Warnings")
      .link("/admin/jobs?state=failed", "Failed jobs")
      .link("/admin", "Change")
      .close("nav")
      .open("main")
      .element("h1", title);
  return html;
}

const Json& member(const Json& object, std::string_view name) {
  static const Json kNothing;
  if (!object.is_object()) return kNothing;
  const auto found = object.find(std::string(name));
  return found == object.end() ? kNothing : *found;
}

std::string text_of(const Json& value) {
  if (value.is_null()) return "–";
  if (value.is_string()) return value.get<std::string>();
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string number_text(const Json& value, int digits) {
  if (!value.is_number()) return "–";
  std::array<char, 64> text{};
  const double number = value.get<double>();
  std::snprintf(text.data(), text.size(), "%.*f", number >= 100 ? 0 : digits, number);
  std::string written = text.data();
  const std::size_t point = written.find('.');
  if (point != std::string::npos) {
    written.erase(written.find_last_not_of('0') + 1);
    if (written.ends_with('.')) written.pop_back();
  }
  std::size_t end = std::min(written.find('.'), written.size());
  const std::size_t begin = written.starts_with('-') ? 1 : 0;
  while (end > begin + 3) written.insert(end -= 3, ",");
  return written;
}

std::string duration_text(const Json& milliseconds) {
  if (!milliseconds.is_number()) return "–";
  const double number = milliseconds.get<double>();
  return number >= 1000 ? number_text(number / 1000) + " s"
                        : number_text(number, number < 10 ? 2 : 1) + " ms";
}

void write_line(Html& html, const Json& line) {
  const std::string event = text_of(member(line, "event"));
  html.open("tr")
      .element("td", text_of(member(line, "timestamp")), {{"class", "whole"}})
      .element("td", text_of(member(line, "severity_text")),
               {{"class", colour_of(member(line, "severity_text"))}})
      .open("td")
      .link("/debug/logs?event=" + query_value(event) + "&limit=100", event);
  if (const Json& count = member(line, "repeated_count"); count.is_number()) {
    html.open("br").text("× " + number_text(count) + " since " +
                         text_of(member(line, "first_timestamp")));
  }
  html.close("td").open("td", {{"class", "text"}}).text(text_of(member(line, "message"))).text(" ");
  html.open("span", {{"class", "soft"}});
  write_fields(html, line);
  html.close("span").close("td").open("td");
  if (is_id(member(line, "trace_id"))) {
    html.link("/debug/traces/" + text_of(member(line, "trace_id")), "trace");
  }
  html.close("td").close("tr");
}

PageText index_page(const Json& document, const Exchange& exchange) {
  const std::string title = text_of(member(document, "title"));
  Html html = begin_page(title);
  html.open("dl");
  for (const Json& link : member(document, "links")) {
    const std::string path = text_of(member(link, "path"));
    html.open("dt").link(path, path).close("dt").element("dd", text_of(member(link, "title")));
  }
  html.close("dl");
  write_command(html, exchange);
  return {title, html.close("main").take()};
}

PageText problems_page(const Json& document, const Exchange& exchange) {
  Html html = begin_page("Kinds of refusals and failures");
  html.element("p", "What a problem document of this port names as its type.");
  html.open("div", {{"class", "wide"}}).open("table");
  html.raw("<tr><th>code</th><th class=\"number\">status</th><th>what it means</th></tr>");
  for (const Json& problem : member(document, "problems")) {
    const std::string code = text_of(member(problem, "code"));
    html.open("tr", {{"id", code}})
        .open("td")
        .element("code", code)
        .close("td")
        .element("td", text_of(member(problem, "status")), {{"class", "number"}})
        .element("td", text_of(member(problem, "title")), {{"class", "text"}})
        .close("tr");
  }
  html.close("table").close("div");
  write_command(html, exchange);
  return {"Problems", html.close("main").take()};
}

PageText problem_page(const Json& document, const Exchange& exchange) {
  const std::string code = text_of(member(document, "code"));
  const std::string title =
      text_of(member(document, "status")) + " " + text_of(member(document, "title"));
  Html html = begin_page(title);
  if (member(document, "detail").is_string()) html.element("p", text_of(document["detail"]));
  if (member(document, "errors").is_array()) write_items(html, document["errors"], 0);
  html.open("p").text("Its kind is ");
  html.link("/problems#" + code, code).text(", its trace ");
  write_value(html, "trace_id", member(document, "trace_id"), 0);
  html.text(".").close("p").open("p").link("/", "What there is").close("p");
  write_command(html, exchange);
  return {title, html.close("main").take()};
}

PageText logs_page(const Json& document, const Exchange& exchange) {
  Html html = begin_page("Log lines");
  html.open("p", {{"class", "links"}})
      .link("/debug/logs?level=error&limit=100", "errors")
      .link("/debug/logs?level=warn&limit=100", "warnings")
      .link("/debug/logs?limit=100", "all")
      .link("/debug/logs?since=15m&level=warn&limit=100", "warnings of 15 minutes")
      .link("/debug/logs?event=config.changed", "changed settings")
      .close("p");
  html.element("p",
               "Of one process, from its memory, the newest last. Lines that say the same are one.",
               {{"class", "soft"}});
  const Json& items = member(document, "items");
  if (items.empty()) html.element("p", "None of this kind.");
  html.open("div", {{"class", "wide"}}).open("table");
  html.raw("<tr><th>time</th><th>level</th><th>event</th><th>what it says</th><th></th></tr>");
  for (const Json& line : items) write_line(html, line);
  html.close("table").close("div");
  write_command(html, exchange);
  return {"Log lines", html.close("main").take()};
}

PageText plain_page(const Json& document, const Exchange& exchange) {
  const std::string title(exchange.match.route->summary);
  Html html = begin_page(title);
  write_value(html, "", document, 0);
  write_command(html, exchange);
  return {title, html.close("main").take()};
}

}  // namespace vigie::http::console
