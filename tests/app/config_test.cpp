#include "server/app/config.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "server/app/setting.hpp"

namespace vigie::app {
namespace {

ConfigReading read(std::vector<const char*> variables) {
  variables.push_back(nullptr);
  return read_config(variables.data());
}

TEST(Config, HasTheDefaultsWithoutVariables) {
  const ConfigReading reading = read({});
  EXPECT_TRUE(reading.faults.empty());
  EXPECT_EQ(reading.config.http_port, 8080);
  EXPECT_EQ(reading.config.drain_timeout_ms, std::chrono::seconds(20));
}

TEST(Config, TakesEveryKindOfValue) {
  const ConfigReading reading =
      read({"VIGIE_HTTP_PORT=0", "VIGIE_HTTP_IDLE_TIMEOUT_MS=1500", "VIGIE_HTTP_REUSE_PORT=true",
            "VIGIE_LOG_LEVEL=warn", "DATABASE_URL=host=/tmp"});
  EXPECT_TRUE(reading.faults.empty());
  EXPECT_EQ(reading.config.http_port, 0);
  EXPECT_EQ(reading.config.http_idle_timeout_ms, std::chrono::milliseconds(1500));
  EXPECT_TRUE(reading.config.http_reuse_port);
  EXPECT_EQ(reading.config.log_level, "warn");
  EXPECT_EQ(reading.config.database_url, "host=/tmp");
}

TEST(Config, ReportsAllFaultsAtOnceWithNameAndLimit) {
  const ConfigReading reading = read({"VIGIE_HTTP_PORT=70000", "VIGIE_LOG_LEVEL=loud",
                                      "VIGIE_HTTP_REUSE_PORT=yes", "VIGIE_HTTP_PROT=1"});
  ASSERT_EQ(reading.faults.size(), 4u);
  EXPECT_NE(reading.faults[0].find("VIGIE_HTTP_PORT must be a whole number from 0 to 65535"),
            std::string::npos);
  EXPECT_NE(reading.faults[1].find("one of debug, info, warn, error"), std::string::npos);
  EXPECT_NE(reading.faults[2].find("true or false"), std::string::npos);
  EXPECT_NE(reading.faults[3].find("VIGIE_HTTP_PROT is not a setting"), std::string::npos);
}

TEST(Config, RefusesNumbersWithRests) {
  for (const char* text : {"VIGIE_HTTP_PORT=80a", "VIGIE_HTTP_PORT=", "VIGIE_HTTP_PORT= 80",
                           "VIGIE_HTTP_PORT=-1", "VIGIE_HTTP_PORT=99999999999999999999"}) {
    EXPECT_EQ(read({text}).faults.size(), 1u) << text;
  }
}

TEST(Config, ChecksSettingsAgainstEachOther) {
  EXPECT_EQ(read({"VIGIE_HTTP_PORT=9000", "VIGIE_ADMIN_PORT=9000"}).faults.size(), 1u);
  EXPECT_EQ(read({"VIGIE_HTTP_PORT=0", "VIGIE_ADMIN_PORT=0"}).faults.size(), 0u);
  EXPECT_EQ(read({"VIGIE_RATE_LIMIT_BURST=5"}).faults.size(), 1u);
}

TEST(Config, NamesEveryProxyThatIsNoAddress) {
  EXPECT_TRUE(read({"VIGIE_HTTP_TRUSTED_PROXIES=10.0.0.0/8, ::1"}).faults.empty());
  const ConfigReading callers = read({"VIGIE_HTTP_TRACING_CALLERS=10.0.0.1/8"});
  ASSERT_EQ(callers.faults.size(), 1);
  EXPECT_TRUE(callers.faults[0].starts_with("VIGIE_HTTP_TRACING_CALLERS: '10.0.0.1/8'"));
  const ConfigReading reading = read({"VIGIE_HTTP_TRUSTED_PROXIES=10.0.0.0/33,::1,proxy.example"});
  ASSERT_EQ(reading.faults.size(), 2u);
  EXPECT_TRUE(reading.faults[0].starts_with("VIGIE_HTTP_TRUSTED_PROXIES: '10.0.0.0/33'"));
  EXPECT_TRUE(reading.faults[1].starts_with("VIGIE_HTTP_TRUSTED_PROXIES: 'proxy.example'"));
}

TEST(Config, AsksForWhatACommandNeeds) {
  ConfigReading reading = read({"VIGIE_KEYS_DIR=/keys"});
  require(reading, {"DATABASE_URL", "VIGIE_KEYS_DIR"});
  ASSERT_EQ(reading.faults.size(), 1u);
  EXPECT_NE(reading.faults[0].find("DATABASE_URL must be set"), std::string::npos);
}

TEST(Config, HasNoSettingTwice) {
  std::set<std::string_view> names;
  for (const Setting& setting : settings()) EXPECT_TRUE(names.insert(setting.name).second);
}

TEST(Config, DescribesEverySetting) {
  const std::string text = describe_config();
  for (const Setting& setting : settings()) {
    EXPECT_NE(text.find("`" + std::string(setting.name) + "`"), std::string::npos);
  }
}

}  // namespace
}  // namespace vigie::app
