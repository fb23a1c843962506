#include "server/http/disclosed.hpp"

#include <algorithm>
#include <array>

#include "server/domain/id.hpp"
#include "server/http/message.hpp"
#include "server/http/router.hpp"

namespace vigie::http {
namespace {

using Name = std::string_view;

/// Of those that call themselves Mozilla; the first that occurs, since each names its forebears.
constexpr std::array<Name, 6> kBrowsers{"Firefox/", "Edg/", "OPR/", "Chrome/", "Safari/", "bot"};
constexpr std::array<Name, 16> kPrograms{"curl",         "Wget",          "python-requests",
                                         "python-httpx", "Python-urllib", "Go-http-client",
                                         "okhttp",       "Java",          "axios",
                                         "node",         "undici",        "PostmanRuntime",
                                         "Prometheus",   "wrk",           "k6",
                                         "kube-probe"};
constexpr Name kOther = "other";

Name browser_of(Name user_agent) noexcept {
  for (const Name name : kBrowsers) {
    if (user_agent.find(name) == Name::npos) continue;
    return name.ends_with('/') ? name.substr(0, name.size() - 1) : name;
  }
  return kOther;
}

}  // namespace

std::string_view disclosed_path(const Request& request, const RouteMatch& match) noexcept {
  const std::string_view pattern = match.route->pattern;
  if (!pattern.starts_with('/')) return {};
  const auto count = static_cast<std::size_t>(std::count(pattern.begin(), pattern.end(), '{'));
  for (std::size_t i = 0; i < count; ++i) {
    if (i >= kParametersMax || !domain::Uuid::parse(match.parameters[i])) return pattern;
  }
  // Without parameters the pattern is the path, less what escapes may hide.
  return count == 0 ? pattern : std::string_view(request.path);
}

std::string_view disclosed_program(std::string_view user_agent) noexcept {
  if (user_agent.empty()) return {};
  const Name product = user_agent.substr(0, user_agent.find_first_of("/ "));
  if (product == "Mozilla") return browser_of(user_agent);
  const auto* known = std::find(kPrograms.begin(), kPrograms.end(), product);
  return known == kPrograms.end() ? kOther : *known;
}

}  // namespace vigie::http
