#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/catalogue/spans.hpp"
#include "telemetry/catalogue/vigie_catalogue.hpp"

namespace vigie::telemetry {
namespace {

using nlohmann::json;

json find(const json& table, const std::string& name) {
  for (const json& row : table) {
    if (row["name"] == name) return row;
  }
  return {};
}

TEST(Catalogue, IsPrintedAsJson) {
  const json catalogue = json::parse(catalogue_json(vigie_catalogue()));
  EXPECT_EQ(catalogue["metrics"].size(), metrics::kAll.size());
  EXPECT_EQ(catalogue["spans"].size(), spans::kAll.size());
  EXPECT_EQ(catalogue["log_events"].size(), log_events::kAll.size());
  EXPECT_EQ(catalogue["attributes"].size(), attributes::kAll.size());

  const json duration = find(catalogue["metrics"], "http_server_request_duration_seconds");
  EXPECT_EQ(duration["type"], "histogram");
  EXPECT_EQ(duration["unit"], "seconds");
  EXPECT_EQ(duration["buckets"].size(), 14);
  EXPECT_EQ(duration["labels"][1], (json{{"name", "http_route"}, {"bound", 96}}));
  const json limited = find(catalogue["metrics"], "vigie_rate_limited_total");
  EXPECT_EQ(limited["labels"][0]["values"], (json{"account", "address", "login"}));
  EXPECT_EQ(find(catalogue["log_events"], "http.request")["severity"], "INFO");
  EXPECT_EQ(find(catalogue["spans"], "{query}")["kind"], "client");
  EXPECT_EQ(find(catalogue["attributes"], "http.response.status_code")["type"], "int");
}

// A constant that is missing in its table would escape every other check.
TEST(Catalogue, ListsEveryConstant) {
  struct Table {
    std::string file;
    std::string type;
    std::size_t size;
  };
  for (const Table& table : {Table{"attributes", "AttributeKey", attributes::kAll.size()},
                             Table{"spans", "SpanType", spans::kAll.size()},
                             Table{"log_events", "LogEventType", log_events::kAll.size()},
                             Table{"metrics", "MetricType", metrics::kAll.size()}}) {
    std::ifstream file(std::string(VIGIE_SOURCE_DIR) + "/telemetry/catalogue/" + table.file +
                       ".hpp");
    std::stringstream text;
    text << file.rdbuf();
    const std::string source = text.str();
    const std::string constant = "inline constexpr " + table.type + " k";
    std::size_t count = 0;
    for (std::size_t at = source.find(constant); at != std::string::npos;
         at = source.find(constant, at + 1)) {
      ++count;
    }
    EXPECT_EQ(count, table.size) << table.file;
  }
}

}  // namespace
}  // namespace vigie::telemetry
