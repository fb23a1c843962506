#include "server/http/openapi.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>
#include <vector>

#include "server/http/media_type.hpp"
#include "server/http/problem_type.hpp"
#include "server/http/routes.hpp"
#include "tests/http/api_under_test.hpp"

namespace vigie::http {
namespace {

const std::string kGolden = VIGIE_SOURCE_DIR "/tests/http/openapi.golden.json";

using Json = nlohmann::ordered_json;

/// Whatever fits in a line of 100 columns is one, from column `begin` on.
std::string lines_of(const Json& node, std::size_t indent, std::size_t begin) {
  const std::string line = node.dump();
  if (!node.is_structured() || begin + line.size() < 100) return line;
  std::string text(1, line.front());
  for (const auto& [key, child] : node.items()) {
    if (text.size() > 1) text += ',';
    text += '\n' + std::string(indent + 1, ' ');
    const std::string name = node.is_object() ? Json(key).dump() + ": " : "";
    text += name + lines_of(child, indent + 1, indent + 1 + name.size());
  }
  return text + '\n' + std::string(indent, ' ') + line.back();
}

TEST(Openapi, IsWhatWasReviewed) {
  const std::string actual = lines_of(Json::parse(openapi_json()), 0, 0) + "\n";
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

const nlohmann::json& operation_of(const nlohmann::json& description, const Route& route) {
  std::string method(name_of(route.method));
  for (char& c : method) c = static_cast<char>(c | 0x20);
  return description["paths"][std::string(route.pattern)][method];
}

// Whatever resource comes next, its description says what its path and its query take.
TEST(Openapi, DescribesEveryParameterOfEveryPath) {
  const auto description = nlohmann::json::parse(openapi_json());
  for (const ApiRoute& row : api_routes()) {
    const std::string pattern(row.route.pattern);
    std::vector<std::string> in_path;
    for (const auto& reference : operation_of(description, row.route)["parameters"]) {
      const std::string pointer = reference["$ref"].get<std::string>().substr(1);
      const auto& parameter = description.at(nlohmann::json::json_pointer(pointer));
      if (parameter["in"] == "path") in_path.push_back(parameter["name"]);
    }
    std::vector<std::string> wanted;
    for (std::size_t at = pattern.find('{'); at != std::string::npos;
         at = pattern.find('{', at + 1)) {
      wanted.push_back(pattern.substr(at + 1, pattern.find('}', at) - at - 1));
    }
    EXPECT_EQ(in_path, wanted) << row.route.operation;
    EXPECT_EQ(row.route.has_filters, !row.route.filters.empty()) << pattern;
  }
}

// A shared response says neither more nor less than the route that refers to it.
TEST(Openapi, NamesEveryRefusalOfEveryRoute) {
  const auto description = nlohmann::json::parse(openapi_json());
  for (const ApiRoute& row : api_routes()) {
    std::map<std::string, std::set<std::string>> wanted, described;
    for (const ProblemType* type : problems_of(row.route)) {
      wanted[std::to_string(type->status)].emplace(type->code);
    }
    const auto& operation = operation_of(description, row.route);
    for (const auto& [status, response] : operation["responses"].items()) {
      if (status < "400") continue;
      const std::string pointer = response["$ref"].get<std::string>().substr(1);
      const auto& content = description.at(nlohmann::json::json_pointer(pointer))["content"];
      const auto& narrower = content[media_types::kProblem]["schema"]["allOf"][1]["properties"];
      EXPECT_EQ(narrower["status"]["const"], std::stoi(status)) << pointer;
      described[status] = narrower["code"]["enum"].get<std::set<std::string>>();
    }
    EXPECT_EQ(described, wanted) << row.route.operation;
  }
}

TEST(Openapi, SaysWhatWasAcceptedWhereWorkGoesOn) {
  for (const auto& [route, handler, preparation] : api_routes()) {
    EXPECT_EQ(route.success == 202, !route.success_description.empty()) << route.operation;
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
  std::smatch unfilled;
  EXPECT_FALSE(std::regex_search(text, unfilled, std::regex(R"(\$\w+\$)"))) << unfilled.str();
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

TEST(Start, IsAPageOrADocumentAsAsked) {
  ApiUnderTest api;
  for (const char* accept : {"text/html", "text/html, */*;q=0.1", "text/html;q=0.3"}) {
    const Reply page = api.get("/", {{"Accept", accept}});
    EXPECT_EQ(page.status, 200) << accept;
    EXPECT_EQ(page.header("Content-Type"), "text/html; charset=utf-8") << accept;
  }
  for (const char* accept : {"*/*", "application/json", "application/json, text/html;q=0.9"}) {
    const Reply document = api.get("/", {{"Accept", accept}});
    EXPECT_EQ(document.header("Content-Type"), "application/json") << accept;
  }
  const Reply refusal = api.get("/", {{"Accept", "image/png"}});
  EXPECT_EQ(refusal.status, 406);
  EXPECT_EQ(refusal.at("/detail"), "The answer is available as application/json or text/html.");
}

TEST(Routes, AreDescribedOneALine) {
  const std::string text = describe_routes();
  EXPECT_EQ(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')),
            api_routes().size());
}

}  // namespace
}  // namespace vigie::http
