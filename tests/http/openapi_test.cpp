#include "server/http/openapi.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "server/http/routes.hpp"
#include "tests/http/api_under_test.hpp"

namespace vigie::http {
namespace {

const std::string kGolden = VIGIE_SOURCE_DIR "/tests/http/openapi.golden.json";

TEST(Openapi, IsWhatWasReviewed) {
  const std::string actual = nlohmann::ordered_json::parse(openapi_json()).dump(1) + "\n";
  if (std::getenv("VIGIE_RENEW_GOLDEN") != nullptr) std::ofstream(kGolden) << actual;
  std::ifstream file(kGolden);
  std::ostringstream reviewed;
  reviewed << file.rdbuf();
  std::istringstream expected_lines(reviewed.str()), actual_lines(actual);
  int number = 0;
  for (std::string wanted, is; std::getline(actual_lines, is);) {
    ++number;
    std::getline(expected_lines, wanted);
    ASSERT_EQ(wanted, is) << "openapi.golden.json:" << number
                          << ": the API description has changed. If it should, renew it with\n"
                             "  VIGIE_RENEW_GOLDEN=1 build/dev/tests/http/vigie_http_test "
                             "--gtest_filter=Openapi.IsWhatWasReviewed\n"
                             "and review the difference as a change of the public API.";
  }
  EXPECT_EQ(reviewed.str().size(), actual.size());
}

TEST(Openapi, IsServedWithATag) {
  ApiUnderTest api;
  const Reply reply = api.get("/api/v1/openapi.json");
  EXPECT_EQ(reply.body, openapi_json());
  EXPECT_EQ(api.get("/api/v1/openapi.json", {{"If-None-Match", reply.header("ETag")}}).status, 304);
}

TEST(Openapi, HasEveryRouteOnce) {
  const auto description = nlohmann::json::parse(openapi_json());
  std::size_t operations = 0;
  for (const auto& path : description["paths"]) operations += path.size();
  EXPECT_EQ(operations, api_routes().size());
}

// Whatever resource comes next, its description says what its path and its query take.
TEST(Openapi, DescribesEveryParameterOfEveryPath) {
  const auto description = nlohmann::json::parse(openapi_json());
  for (const ApiRoute& row : api_routes()) {
    const std::string pattern(row.route.pattern);
    std::string method(name_of(row.route.method));
    for (char& c : method) c = static_cast<char>(c | 0x20);
    std::vector<std::string> in_path;
    for (const auto& reference : description["paths"][pattern][method]["parameters"]) {
      const std::string pointer = reference["$ref"].get<std::string>().substr(1);
      const auto& parameter = description.at(nlohmann::json::json_pointer(pointer));
      if (parameter["in"] == "path") in_path.push_back(parameter["name"]);
    }
    std::vector<std::string> wanted;
    for (std::size_t at = pattern.find('{'); at != std::string::npos;
         at = pattern.find('{', at + 1)) {
      wanted.push_back(pattern.substr(at + 1, pattern.find('}', at) - at - 1));
    }
    EXPECT_EQ(in_path, wanted) << method << ' ' << pattern;
    EXPECT_EQ(row.route.has_filters, !row.route.filters.empty()) << pattern;
  }
}

TEST(Openapi, NamesOnlyWhatExists) {
  const std::string text = openapi_json();
  const auto description = nlohmann::json::parse(text);
  constexpr std::string_view kReference = "\"$ref\":\"#";
  for (std::size_t at = text.find(kReference); at != std::string::npos;
       at = text.find(kReference, at)) {
    at += kReference.size();
    const std::string pointer = text.substr(at, text.find('"', at) - at);
    EXPECT_TRUE(description.contains(nlohmann::json::json_pointer(pointer))) << pointer;
  }
  EXPECT_EQ(text.find('$' + std::string("title")), std::string::npos);
}

TEST(Docs, ArePartOfTheBinaryAndNeedNothingFromElsewhere) {
  ApiUnderTest api;
  const Reply page = api.get("/api/v1/docs", {{"Accept", "text/html"}});
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.header("Content-Type"), "text/html; charset=utf-8");
  const std::string policy = page.header("Content-Security-Policy");
  EXPECT_NE(policy.find("default-src 'none'"), std::string::npos);
  EXPECT_EQ(policy.find("unsafe"), std::string::npos) << policy;
  EXPECT_EQ(page.header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(page.body.find("http://"), std::string::npos);
  EXPECT_EQ(page.body.find("https://"), std::string::npos);
}

TEST(Routes, AreDescribedOneALine) {
  const std::string text = describe_routes();
  EXPECT_EQ(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')),
            api_routes().size());
}

}  // namespace
}  // namespace vigie::http
