#include "server/http/router.hpp"

#include <gtest/gtest.h>

namespace vigie::http {
namespace {

constexpr Route kList{.method = Method::kGet, .pattern = "/events"};
constexpr Route kCreate{.method = Method::kPost, .pattern = "/events"};
constexpr Route kShow{.method = Method::kGet, .pattern = "/events/{id}"};
constexpr Route kMine{.method = Method::kGet, .pattern = "/events/mine"};
constexpr Route kPart{.method = Method::kGet, .pattern = "/events/{id}/parts/{part}"};
constexpr std::array<const Route*, 5> kRoutes = {&kList, &kCreate, &kShow, &kMine, &kPart};

struct Matched {
  const Route* route;
  std::string_view refusal;
  std::string first;
  std::string second;
  std::string allow;
};

Matched match(Method method, std::string path, std::string query = "") {
  static const Router router(kRoutes);
  Request request;
  request.method = method;
  request.path = path;
  request.query = query;
  RouteMatch found;
  router.match(request, found);
  return {found.route, found.refusal != nullptr ? found.refusal->code : "",
          std::string(found.parameters[0]), std::string(found.parameters[1]), found.allow};
}

TEST(Router, FindsRoutesByMethodAndPath) {
  EXPECT_EQ(match(Method::kGet, "/events").route, &kList);
  EXPECT_EQ(match(Method::kPost, "/events").route, &kCreate);
  EXPECT_EQ(match(Method::kGet, "/events/7").route, &kShow);
  EXPECT_EQ(match(Method::kGet, "/events/7").first, "7");
  EXPECT_EQ(match(Method::kGet, "/events/7/parts/9").second, "9");
}

TEST(Router, PrefersTheWrittenOutSegment) {
  EXPECT_EQ(match(Method::kGet, "/events/mine").route, &kMine);
}

TEST(Router, LeadsHeadToGet) { EXPECT_EQ(match(Method::kHead, "/events").route, &kList); }

TEST(Router, DecodesSegmentsAfterSplitting) {
  EXPECT_EQ(match(Method::kGet, "/%65vents/a%2Fb").first, "a/b");
  EXPECT_EQ(match(Method::kGet, "/events/%C3%A9/parts/%2f%25").second, "/%");
}

TEST(Router, RefusesInvalidEscapes) {
  EXPECT_EQ(match(Method::kGet, "/events/%zz").refusal, "malformed_target");
  EXPECT_EQ(match(Method::kGet, "/events/%00").refusal, "malformed_target");
  EXPECT_EQ(match(Method::kGet, "/events", "q=%2").refusal, "malformed_target");
}

TEST(Router, DoesNotGuessPaths) {
  for (const char* path : {"", "*", "/", "/events/", "//events", "/Events", "/events/7/", "/x",
                           "/events/../events", "/a/b/c/d/e/f/g/h/i/j"}) {
    const Matched found = match(Method::kGet, path);
    EXPECT_EQ(found.refusal, "route_not_found") << path;
    EXPECT_EQ(found.route, &unrouted::kUnmatched) << path;
  }
}

TEST(Router, SaysWhichMethodsTheServerHas) {
  const Matched found = match(Method::kOptions, "*");
  EXPECT_EQ(found.route, &unrouted::kOptions);
  EXPECT_EQ(found.refusal, "");
  EXPECT_EQ(found.allow, "GET, HEAD, POST, OPTIONS");
}

TEST(Router, SaysWhichMethodsAPathHas) {
  const Matched found = match(Method::kPut, "/events");
  EXPECT_EQ(found.refusal, "method_not_allowed");
  EXPECT_EQ(found.route, &unrouted::kMethodNotAllowed);
  EXPECT_EQ(found.allow, "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(match(Method::kOptions, "/events").route, &unrouted::kOptions);
  EXPECT_EQ(match(Method::kOptions, "/events/7").allow, "GET, HEAD, OPTIONS");
}

}  // namespace
}  // namespace vigie::http
