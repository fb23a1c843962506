#include "server/app/admin_port.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace vigie::app {
namespace {

constexpr const char* kToken = "0123456789abcdef";

std::vector<std::string> faults_with(std::vector<const char*> variables) {
  variables.push_back(nullptr);
  ConfigReading reading = read_config(variables.data());
  require(reading, {"VIGIE_ADMIN_ADDRESS"});
  return reading.faults;
}

class AdminToken : public ::testing::Test {
 protected:
  ~AdminToken() override { std::filesystem::remove(path_); }

  http::OperatorAccess read(const std::string& content) {
    std::ofstream(path_) << content;
    Config config;
    config.admin_address = "0.0.0.0";
    config.admin_token_file = path_;
    return operator_access(config);
  }

  std::string path_ = ::testing::TempDir() + "admin_token." + std::to_string(::getpid());
};

TEST(AdminPort, NeedsNoTokenOnLoopback) {
  EXPECT_TRUE(faults_with({}).empty());
  EXPECT_TRUE(faults_with({"VIGIE_ADMIN_ADDRESS=127.0.0.2"}).empty());
}

TEST(AdminPort, NeedsATokenBeyondLoopback) {
  for (const char* address : {"VIGIE_ADMIN_ADDRESS=0.0.0.0", "VIGIE_ADMIN_ADDRESS=10.0.0.7",
                              "VIGIE_ADMIN_ADDRESS=1270.0.0.1"}) {
    const auto faults = faults_with({address});
    ASSERT_EQ(faults.size(), 1u) << address;
    EXPECT_NE(faults[0].find("VIGIE_ADMIN_TOKEN_FILE must be set"), std::string::npos) << faults[0];
  }
  EXPECT_TRUE(faults_with({"VIGIE_ADMIN_ADDRESS=0.0.0.0", "VIGIE_ADMIN_TOKEN_FILE=/t"}).empty());
  EXPECT_TRUE(
      faults_with({"VIGIE_ADMIN_ADDRESS=0.0.0.0", "VIGIE_ADMIN_TOKEN=0123456789abcdef"}).empty());
}

TEST(AdminPort, TakesOneTokenThatAHeaderCanCarry) {
  for (const char* token : {"VIGIE_ADMIN_TOKEN=short", "VIGIE_ADMIN_TOKEN=0123456789 abcdef",
                            "VIGIE_ADMIN_TOKEN=0123456789abcdé"}) {
    const auto faults = faults_with({token});
    ASSERT_EQ(faults.size(), 1u) << token;
    EXPECT_NE(faults[0].find("VIGIE_ADMIN_TOKEN must hold 16 to 1024"), std::string::npos);
    EXPECT_EQ(faults[0].find(std::string_view(token).substr(18)), std::string::npos) << "told";
  }
  EXPECT_EQ(faults_with({"VIGIE_ADMIN_TOKEN=0123456789abcdef", "VIGIE_ADMIN_TOKEN_FILE=/t"}).size(),
            1u);
}

TEST(AdminPort, NamesEveryHostThatIsNone) {
  EXPECT_TRUE(faults_with({"VIGIE_ADMIN_HOSTS=vigie-1, Vigie.Example:9464,[fd00::1]:80"}).empty());
  const auto faults = faults_with({"VIGIE_ADMIN_HOSTS=http://a,*.example,b:x,a b,[fd00,c:1234567"});
  EXPECT_EQ(faults.size(), 6u);
  EXPECT_TRUE(faults[0].starts_with("VIGIE_ADMIN_HOSTS: 'http://a' is neither")) << faults[0];
}

TEST_F(AdminToken, ComesFromAFileThatAnEditorWrote) {
  const http::OperatorAccess access = read(std::string(kToken).append("\r\n"));
  EXPECT_EQ(access.token, kToken);
  EXPECT_TRUE(access.is_beyond_loopback);
}

TEST_F(AdminToken, IsNeverToldWhenItIsNone) {
  try {
    read("short-token\n");
    FAIL() << "taken";
  } catch (const std::runtime_error& fault) {
    EXPECT_NE(std::string(fault.what()).find(path_), std::string::npos);
    EXPECT_EQ(std::string(fault.what()).find("short-token"), std::string::npos);
  }
}

TEST_F(AdminToken, NamesTheSettingWhoseFileIsMissing) {
  Config config;
  config.admin_token_file = "/nowhere/token";
  try {
    operator_access(config);
    FAIL() << "taken";
  } catch (const std::runtime_error& fault) {
    EXPECT_NE(std::string(fault.what()).find("VIGIE_ADMIN_TOKEN_FILE: cannot read /nowhere/token"),
              std::string::npos);
  }
}

TEST(AdminPort, IsAskedByItsOwnAddressAndTheNamesThatAreGiven) {
  Config config;
  config.admin_address = "10.0.0.7";
  config.admin_hosts = "Vigie-1, vigie.example:9464";
  config.admin_token = kToken;
  EXPECT_EQ(operator_access(config).hosts,
            (std::vector<std::string>{"vigie-1", "vigie.example:9464", "10.0.0.7"}));
}

}  // namespace
}  // namespace vigie::app
