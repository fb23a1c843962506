#include "server/http/console/trace_page.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "telemetry/catalogue/attributes.hpp"

namespace vigie::http::console {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kRowsMax = 1000;

/// Microseconds since 1970 of "2030-01-01T00:00:00.000000Z", as this process writes times.
std::optional<std::int64_t> microseconds_of(const Json& time) {
  if (!time.is_string()) return std::nullopt;
  const std::string text = time.get<std::string>();
  std::tm parts{};
  const char* const rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S.", &parts);
  if (rest == nullptr) return std::nullopt;
  return static_cast<std::int64_t>(::timegm(&parts)) * 1'000'000 + std::atol(rest);
}

/// One row of the time line: a span or a log line.
struct Row {
  std::int64_t at_us = 0;
  const Json* span = nullptr;
  const Json* line = nullptr;
  std::size_t depth = 0;
};

std::vector<Row> rows_of(const Json& document) {
  std::map<std::string, std::size_t> depth_of;
  std::vector<Row> rows;
  for (const Json& span : member(document, "spans")) {
    const auto parent = depth_of.find(text_of(member(span, "parent_span_id")));
    const std::size_t depth = parent == depth_of.end() ? 0 : parent->second + 1;
    depth_of[text_of(member(span, "span_id"))] = depth;
    rows.push_back({microseconds_of(member(span, "start")).value_or(0), &span, nullptr, depth});
  }
  for (const Json& line : member(document, "logs")) {
    const auto span = depth_of.find(text_of(member(line, "span_id")));
    rows.push_back({microseconds_of(member(line, "timestamp")).value_or(0), nullptr, &line,
                    span == depth_of.end() ? 0 : span->second + 1});
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.at_us < b.at_us; });
  return rows;
}

struct Axis {
  std::int64_t begin_us = 0;
  double length_us = 1;
};

double microseconds_taken(const Row& row) {
  if (row.span == nullptr) return 0;
  const Json& taken = member(*row.span, "duration_ms");
  return taken.is_number() ? taken.get<double>() * 1000 : 0;
}

Axis axis_of(const std::vector<Row>& rows) {
  if (rows.empty()) return {};
  Axis axis{.begin_us = rows.front().at_us};
  for (const Row& row : rows) {
    const auto begin = static_cast<double>(row.at_us - axis.begin_us);
    axis.length_us = std::max(axis.length_us, begin + microseconds_taken(row));
  }
  return axis;
}

void write_bar(Html& html, const Row& row, const Axis& axis) {
  const double begin = 100 * static_cast<double>(row.at_us - axis.begin_us) / axis.length_us;
  const double width = std::max(0.8, 100 * microseconds_taken(row) / axis.length_us);
  const std::string label = "begins at " + number_text(begin, 0) + " % of the whole";
  html.open("svg", {{"class", "bar"},
                    {"viewBox", "0 0 101 8"},
                    {"preserveAspectRatio", "none"},
                    {"role", "img"},
                    {"aria-label", label}})
      .open("rect", {{"x", std::to_string(begin)},
                     {"y", "1"},
                     {"width", std::to_string(width)},
                     {"height", "6"},
                     {"fill", "currentColor"}})
      .close("rect")
      .close("svg");
}

void write_attributes(Html& html, const Json& span) {
  if (member(span, "description").is_string()) html.text(text_of(span["description"]) + " ");
  for (const auto& [name, value] : member(span, "attributes").items()) {
    html.text(name + "=" + text_of(value) + " ");
  }
  for (const Json& event : member(span, "events")) {
    html.open("br").text("event " + text_of(member(event, "name")));
    for (const auto& [name, value] : member(event, "attributes").items()) {
      html.text(" " + name + "=" + text_of(value));
    }
  }
}

std::string indentation(std::size_t depth) {
  std::string text;
  for (std::size_t i = 0; i < std::min<std::size_t>(depth, 12); ++i) text += "\u00a0\u00a0";
  return text;
}

void write_span(Html& html, const Row& row, const Axis& axis) {
  const Json& span = *row.span;
  const bool is_error = member(span, "error") == true;
  const Json begin(static_cast<double>(row.at_us - axis.begin_us) / 1000);
  html.open("tr", {{"class", is_error ? "red" : ""}})
      .element("td", indentation(row.depth) + text_of(member(span, "name")) +
                         (is_error ? " (failed)" : ""))
      .open("td");
  write_bar(html, row, axis);
  html.close("td")
      .element("td", duration_text(begin), {{"class", "number"}})
      .element("td", duration_text(member(span, "duration_ms")), {{"class", "number"}})
      .open("td", {{"class", "text soft"}});
  write_attributes(html, span);
  html.close("td").close("tr");
}

void write_log(Html& html, const Row& row, const Axis& axis) {
  const Json& line = *row.line;
  const Json begin(static_cast<double>(row.at_us - axis.begin_us) / 1000);
  html.open("tr", {{"class", "log"}})
      .element("td", indentation(row.depth) + text_of(member(line, "event")))
      .element("td", text_of(member(line, "severity_text")))
      .element("td", duration_text(begin), {{"class", "number"}})
      .element("td", "")
      .open("td", {{"class", "text"}})
      .text(text_of(member(line, "message")) + " ");
  for (const auto& [name, value] : line.items()) {
    if (name.starts_with("vigie.") || name.starts_with("error.") || name.starts_with("db.")) {
      html.text(name + "=" + text_of(value) + " ");
    }
  }
  html.close("td").close("tr");
}

/// The request again, where that does no harm: without the token and the body, which nobody keeps.
void write_request(Html& html, const Json& document) {
  for (const Json& span : member(document, "spans")) {
    const Json& attributes = member(span, "attributes");
    if (member(attributes, telemetry::attributes::kHttpRequestMethod.name) != "GET") continue;
    const std::string path = text_of(member(attributes, telemetry::attributes::kUrlPath.name));
    if (!path.starts_with('/') || path.find_first_of("'\\") != std::string::npos) continue;
    html.element("p", "The same request again, without its token and query:", {{"class", "soft"}});
    html.element("pre", "curl -s 'http://127.0.0.1:8080" + path + "'");
    return;
  }
}

}  // namespace

PageText traces_page(const Json& document, const Exchange& /*exchange*/) {
  Html html = begin_page("Traces");
  html.open("p", {{"class", "links"}})
      .link("/debug/traces?error=true&limit=50", "failed")
      .link("/debug/traces?min_ms=250&limit=50", "over 250 ms")
      .link("/debug/traces?min_ms=100&limit=50", "over 100 ms")
      .link("/debug/traces?limit=50", "the last")
      .close("p");
  const Json& items = member(document, "items");
  if (items.empty()) html.element("p", "None of this kind is held.");
  html.open("div", {{"class", "wide"}}).open("table");
  html.raw(
      "<tr><th>start</th><th>request</th><th class=\"number\">status</th>"
      "<th class=\"number\">took</th><th class=\"number\">spans</th><th>held as</th></tr>");
  for (const Json& item : items) {
    const std::string method = member(item, "method").is_string() ? text_of(item["method"]) : "";
    html.open("tr")
        .element("td", text_of(member(item, "start")), {{"class", "whole"}})
        .open("td", {{"class", "text"}})
        .link("/debug/traces/" + query_value(text_of(member(item, "trace_id"))),
              method + " " + text_of(member(item, "route")));
    if (member(item, "error_type").is_string()) {
      html.text(" ").element("span", text_of(item["error_type"]), {{"class", "red"}});
    }
    std::string held;
    for (const Json& why : member(item, "recorded_as")) held.append(text_of(why)).append(" ");
    html.close("td")
        .element("td", text_of(member(item, "status")), {{"class", "number"}})
        .element("td", duration_text(member(item, "duration_ms")), {{"class", "number"}})
        .element("td", number_text(member(item, "span_count")), {{"class", "number"}})
        .element("td", held)
        .close("tr");
  }
  html.close("table").close("div");
  return {"Traces", html.close("main").take()};
}

PageText trace_page(const Json& document, const Exchange& exchange) {
  Html html = begin_page("Trace");
  html.open("p").element("code", text_of(member(document, "trace_id"))).close("p");
  std::vector<Row> rows = rows_of(document);
  const Axis axis = axis_of(rows);
  const std::size_t left_out = rows.size() > kRowsMax ? rows.size() - kRowsMax : 0;
  rows.resize(rows.size() - left_out);
  html.open("div", {{"class", "wide"}}).open("table");
  html.raw(
      "<tr><th>span or log line</th><th>when</th><th class=\"number\">at</th>"
      "<th class=\"number\">took</th><th>what it says</th></tr>");
  for (const Row& row : rows) {
    row.span != nullptr ? write_span(html, row, axis) : write_log(html, row, axis);
  }
  html.close("table").close("div");
  if (left_out > 0) html.element("p", number_text(left_out) + " more rows are in the JSON.");
  write_request(html, document);
  html.element("p", "All of it as JSON:", {{"class", "soft"}});
  html.element("pre", "curl -s 'http://" +
                          std::string(exchange.request.headers.first("Host").value_or("")) +
                          std::string(exchange.request.path) + "'");
  return {"Trace", html.close("main").take()};
}

}  // namespace vigie::http::console
