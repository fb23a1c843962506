#include "server/http/console/console_page.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

namespace vigie::http::console {
namespace {

using Json = nlohmann::ordered_json;

struct Fact {
  std::string_view name;
  std::string value;
  /// "good", "bad" or nothing to say.
  std::string_view verdict = "";
  std::string_view more = "";
};

void begin_fact(Html& html, const Fact& fact) {
  html.open("div", {{"class", "fact " + std::string(fact.verdict)}})
      .element("p", fact.name, {{"class", "soft"}})
      .element("p", fact.value, {{"class", "value"}});
  if (!fact.more.empty()) html.element("p", fact.more, {{"class", "soft"}});
}

void write_fact(Html& html, const Fact& fact) {
  begin_fact(html, fact);
  html.close("div");
}

/// The points of one rate as a line of 100 by 30.
void write_sparkline(Html& html, const Json& history, std::string_view rate) {
  double most = 1e-9;
  for (const Json& point : history) most = std::max(most, point.value(std::string(rate), 0.0));
  std::string line;
  for (const Json& point : history) {
    const double seconds_ago = point.value("seconds_ago", 0.0);
    const double x = 100 - std::min(100.0, seconds_ago / 9);
    const double y = 29 - 28 * point.value(std::string(rate), 0.0) / most;
    line.append(std::to_string(x)).append(",").append(std::to_string(y)).append(" ");
  }
  html.open("svg", {{"class", "spark"},
                    {"viewBox", "0 0 100 30"},
                    {"preserveAspectRatio", "none"},
                    {"role", "img"},
                    {"aria-label", "the last 15 minutes"}})
      .open("polyline", {{"points", line},
                         {"fill", "none"},
                         {"stroke", "currentColor"},
                         {"stroke-width", "1.5"},
                         {"vector-effect", "non-scaling-stroke"}})
      .close("polyline")
      .close("svg");
}

std::string joined(const Json& words) {
  std::string text;
  for (const Json& word : words) text.append(text.empty() ? "" : ", ").append(text_of(word));
  return text;
}

void write_health(Html& html, const Json& document) {
  const bool is_ready = member(document, "status") == "ready";
  const bool has_database = member(document, "database_is_up") == true;
  const bool has_store = member(document, "store_is_up") == true;
  const std::string age = number_text(member(document, "uptime_s")) + " s";
  const std::string revision = "revision " + text_of(member(document, "revision"));
  html.open("div", {{"class", "row"}});
  write_fact(html, {"ready", is_ready ? "yes" : "no: " + joined(member(document, "reasons")),
                    is_ready ? "good" : "bad", "since its start " + age});
  write_fact(html, {"PostgreSQL", has_database ? "answers" : "does not answer",
                    has_database ? "good" : "bad"});
  write_fact(html, {"blob store", has_store ? "takes contents" : "takes none",
                    has_store ? "good" : "bad"});
  write_fact(html, {"version", text_of(member(document, "version")), "", revision});
  write_fact(html, {"log level", text_of(member(document, "log_level")), "",
                    "sampling ratio " + number_text(member(document, "sampler_ratio"))});
  html.close("div");
}

void write_traffic(Html& html, const Json& traffic) {
  const std::string window =
      "over the last " + number_text(member(traffic, "window_s")) + " s, and 15 minutes as a line";
  const Json& history = member(traffic, "history");
  const bool has_failed = member(traffic, "failed_per_s").is_number() &&
                          member(traffic, "failed_per_s").get<double>() > 0;
  html.element("h2", "Requests").element("p", window, {{"class", "soft"}});
  html.open("div", {{"class", "row"}});
  begin_fact(html, {"requests a second", number_text(member(traffic, "requests_per_s"))});
  write_sparkline(html, history, "requests_per_s");
  html.close("div");
  begin_fact(html, {"failed (5xx) a second", number_text(member(traffic, "failed_per_s"), 3),
                    has_failed ? "bad" : ""});
  write_sparkline(html, history, "failed_per_s");
  html.close("div");
  write_fact(html, {"refused (4xx) a second", number_text(member(traffic, "refused_per_s"), 3)});
  write_fact(html, {"p99", duration_text(member(traffic, "p99_ms"))});
  write_fact(html, {"in flight", number_text(member(traffic, "in_flight")), "",
                    "limit " + number_text(member(traffic, "in_flight_limit"))});
  html.close("div");
}

void write_routes(Html& html, const Json& routes) {
  html.element("h2", "Routes");
  if (routes.empty()) {
    html.element("p", "Nothing was asked for in that time.");
    return;
  }
  html.open("div", {{"class", "wide"}}).open("table");
  html.raw(
      "<tr><th>route</th><th class=\"number\">requests/s</th><th class=\"number\">4xx/s</th>"
      "<th class=\"number\">5xx/s</th><th class=\"number\">p99</th></tr>");
  for (const Json& route : routes) {
    const std::string pattern = text_of(member(route, "route"));
    const Json& failed = member(route, "failed_per_s");
    const bool has_failed = failed.is_number() && failed.get<double>() > 0;
    html.open("tr")
        .open("td")
        .text(text_of(member(route, "method")) + " ")
        .link("/debug/traces?route=" + query_value(pattern) + "&limit=50", pattern)
        .close("td")
        .element("td", number_text(member(route, "requests_per_s")), {{"class", "number"}})
        .element("td", number_text(member(route, "refused_per_s"), 3), {{"class", "number"}})
        .element("td", number_text(failed, 3), {{"class", has_failed ? "number red" : "number"}})
        .element("td", duration_text(member(route, "p99_ms")), {{"class", "number"}})
        .close("tr");
  }
  html.close("table").close("div");
}

void write_errors(Html& html, const Json& errors) {
  html.element("h2", "Distinct warnings and errors");
  html.element("p", "Since the start, the last seen first.", {{"class", "soft"}});
  if (errors.empty()) {
    html.element("p", "None.");
    return;
  }
  html.open("div", {{"class", "wide"}}).open("table");
  html.raw(
      "<tr><th>event</th><th>what it says</th><th class=\"number\">count</th><th>first</th>"
      "<th>last</th><th></th></tr>");
  for (const Json& error : errors) {
    const std::string event = text_of(member(error, "event"));
    const Json& trace_id = member(member(error, "example"), "trace_id");
    html.open("tr").open("td");
    html.link("/debug/logs?event=" + query_value(event) + "&limit=100", event).close("td");
    html.element("td", text_of(member(error, "detail")),
                 {{"class", member(error, "level") == "ERROR" ? "text red" : "text orange"}})
        .element("td", number_text(member(error, "count")), {{"class", "number"}})
        .element("td", text_of(member(error, "first")), {{"class", "whole"}})
        .element("td", text_of(member(error, "last")), {{"class", "whole"}})
        .open("td");
    if (trace_id.is_string()) {
      html.link("/debug/traces/" + query_value(text_of(trace_id)), "example");
    }
    html.close("td").close("tr");
  }
  html.close("table").close("div");
}

void write_changes(Html& html, const Json& changes) {
  html.element("h2", "What changed").element("p", "The newest first.", {{"class", "soft"}});
  html.open("div", {{"class", "wide"}}).open("table");
  html.raw("<tr><th>time</th><th>level</th><th>event</th><th>what it says</th><th></th></tr>");
  for (const Json& line : changes) write_line(html, line);
  html.close("table").close("div");
}

void write_jobs(Html& html, const Json& jobs) {
  html.element("h2", "Jobs").open("p").text("As last counted in the database; ");
  html.link("/admin/jobs?state=failed", "those that failed").text(".").close("p");
  html.open("div", {{"class", "wide"}}).open("table");
  html.raw(
      "<tr><th>lane</th><th class=\"number\">ready</th><th class=\"number\">scheduled</th>"
      "<th class=\"number\">running</th><th class=\"number\">failed</th></tr>");
  for (const auto& [lane, counts] : jobs.items()) {
    html.open("tr").element("td", lane);
    for (const char* state : {"ready", "scheduled", "running", "failed"}) {
      html.element("td", number_text(member(counts, state)), {{"class", "number"}});
    }
    html.close("tr");
  }
  html.close("table").close("div");
}

/// created = exported + sampled out + dropped + queued + spooled.
void write_ledger(Html& html, const Json& signals) {
  html.element("h2", "Telemetry records by outcome");
  html.open("div", {{"class", "wide"}}).open("table");
  html.raw(
      "<tr><th>signal</th><th class=\"number\">created</th><th class=\"number\">exported</th>"
      "<th class=\"number\">sampled out</th><th class=\"number\">dropped</th>"
      "<th class=\"number\">queued</th><th class=\"number\">on disk</th></tr>");
  for (const auto& [signal, account] : signals.items()) {
    std::uint64_t dropped = 0;
    for (const Json& count : member(account, "dropped")) dropped += count.get<std::uint64_t>();
    html.open("tr").element("td", signal);
    for (const char* name : {"created", "exported", "sampled_out"}) {
      html.element("td", number_text(member(account, name)), {{"class", "number"}});
    }
    html.element("td", number_text(dropped), {{"class", dropped > 0 ? "number red" : "number"}});
    for (const char* name : {"queued", "spooled"}) {
      html.element("td", number_text(member(account, name)), {{"class", "number"}});
    }
    html.close("tr");
  }
  html.close("table").close("div");
}

}  // namespace

PageText console_page(const Json& document, const Exchange& /*exchange*/) {
  Html html = begin_page("Console");
  html.element("p", "Of this process, from its own memory. Load it again for newer figures.",
               {{"class", "soft"}});
  write_health(html, document);
  write_traffic(html, member(document, "traffic"));
  write_errors(html, member(document, "errors"));
  write_routes(html, member(document, "routes"));
  write_changes(html, member(document, "changes"));
  write_jobs(html, member(document, "jobs"));
  write_ledger(html, member(member(document, "ledger"), "signals"));
  return {"Console", html.close("main").take()};
}

}  // namespace vigie::http::console
