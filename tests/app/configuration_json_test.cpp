#include "server/app/configuration_json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "server/app/setting.hpp"

namespace vigie::app {
namespace {

std::string report(std::vector<const char*> variables) {
  variables.push_back(nullptr);
  const ConfigReading reading = read_config(variables.data());
  EXPECT_TRUE(reading.faults.empty()) << reading.faults.front();
  return configuration_json(reading.config);
}

TEST(ConfigurationJson, HasEverySettingInForce) {
  const auto json =
      nlohmann::json::parse(report({"VIGIE_HTTP_PORT=81", "OTEL_TRACES_SAMPLER_ARG=0.5"}));
  for (const Setting& setting : settings()) {
    EXPECT_TRUE(json.at("settings").contains(setting.name)) << setting.name;
  }
  EXPECT_EQ(json.at("settings").at("VIGIE_HTTP_PORT"), 81);
  EXPECT_EQ(json.at("settings").at("VIGIE_LOG_LEVEL"), "info");
  EXPECT_EQ(json.at("settings").at("VIGIE_HTTP_IDLE_TIMEOUT_MS"), 75'000);
  EXPECT_EQ(json.at("settings").at("DATABASE_URL"), "");
  EXPECT_EQ(json.at("opentelemetry").at("sampler_ratio"), 0.5);
}

TEST(ConfigurationJson, TellsNoSecret) {
  const std::string text =
      report({"DATABASE_URL=postgresql://vigie:canary1@db/vigie?password=canary2",
              "OTEL_EXPORTER_OTLP_ENDPOINT=http://user:canary3@collector:4318/base?key=canary4",
              "OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20canary5,x-key=canary6",
              "OTEL_EXPORTER_OTLP_LOGS_HEADERS=x-logs=canary7", "OTEL_LOGS_EXPORTER=otlp",
              "OTEL_RESOURCE_ATTRIBUTES=api.key=canary8"});
  EXPECT_EQ(text.find("canary"), std::string::npos) << text;
  const auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json.at("settings").at("DATABASE_URL"), "(secret)");
  const auto& traces = json.at("opentelemetry").at("traces");
  EXPECT_TRUE(traces.at("endpoint").get<std::string>().starts_with("http://collector:4318/base"));
  EXPECT_EQ(traces.at("headers").at("authorization"), "(secret)");
}

TEST(ConfigurationJson, TellsNoSecretOfAKeywordConnectionString) {
  EXPECT_EQ(report({"DATABASE_URL=host=db password=canary"}).find("canary"), std::string::npos);
}

}  // namespace
}  // namespace vigie::app
