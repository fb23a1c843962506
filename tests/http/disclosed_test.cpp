#include "server/http/disclosed.hpp"

#include <gtest/gtest.h>

#include "server/http/message.hpp"
#include "server/http/router.hpp"

namespace vigie::http {
namespace {

constexpr Route kShow{.operation = "show", .method = Method::kGet, .pattern = "/events/{id}"};
constexpr Route kList{.operation = "list", .method = Method::kGet, .pattern = "/events"};

std::string path_of(const Route& route, const std::string& path, std::string_view parameter = {}) {
  Request request;
  request.path = path;
  RouteMatch match;
  match.route = &route;
  match.parameters[0] = parameter;
  return std::string(disclosed_path(request, match));
}

TEST(DisclosedPath, KeepsIdsAndNothingElse) {
  const std::string id = "0190f5fe-7c00-7a00-8000-000000000001";
  EXPECT_EQ(path_of(kShow, "/events/" + id, id), "/events/" + id);
  EXPECT_EQ(path_of(kShow, "/events/hunter2", "hunter2"), "/events/{id}");
  EXPECT_EQ(path_of(kShow, "/events/hunter2"), "/events/{id}");
  EXPECT_EQ(path_of(kList, "/%65vents"), "/events");
  EXPECT_EQ(path_of(unrouted::kUnmatched, "/reset/hunter2"), "");
}

TEST(DisclosedProgram, IsOneOfAList) {
  EXPECT_EQ(disclosed_program(""), "");
  EXPECT_EQ(disclosed_program("curl/8.5.0"), "curl");
  EXPECT_EQ(disclosed_program("curling"), "other");
  EXPECT_EQ(disclosed_program("hunter2"), "other");
  EXPECT_EQ(disclosed_program("Mozilla/5.0 (X11; hunter2) Gecko/20100101 Firefox/128.0"),
            "Firefox");
  EXPECT_EQ(disclosed_program("Mozilla/5.0 (X11) Chrome/126.0 Safari/537.36 Edg/126.0"), "Edg");
  EXPECT_EQ(disclosed_program("Mozilla/5.0 hunter2"), "other");
}

}  // namespace
}  // namespace vigie::http
