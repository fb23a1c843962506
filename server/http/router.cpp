#include "server/http/router.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "server/http/ascii.hpp"
#include "server/platform/core/percent.hpp"

namespace vigie::http {
namespace {

/// Splits before decoding, so that an escaped slash stays inside its segment. False when the path
/// has more segments than any route.
bool split(std::string_view path, std::size_t& count,
           std::array<std::string_view, kSegmentsMax>& segments) noexcept {
  if (!path.starts_with('/')) return false;
  path.remove_prefix(1);
  for (count = 0; count < kSegmentsMax; ++count) {
    const std::size_t slash = path.find('/');
    segments[count] = path.substr(0, slash);
    if (slash == std::string_view::npos) {
      ++count;
      return true;
    }
    path.remove_prefix(slash + 1);
  }
  return false;
}

/// Decodes the segments in place of the escaped ones; their text goes into `storage`.
void decode(std::span<std::string_view> segments, std::string& storage, std::size_t bytes_max) {
  storage.reserve(bytes_max);  // the views stay valid
  for (std::string_view& segment : segments) {
    const std::size_t begin = storage.size();
    storage += core::percent_decoded(segment).value_or("");
    segment = std::string_view(storage).substr(begin);
  }
}

std::string allow_of(const std::vector<const Route*>& routes) {
  std::string allow;
  for (const Route* route : routes) {
    allow += name_of(route->method);
    allow += route->method == Method::kGet ? ", HEAD, " : ", ";
  }
  return allow + "OPTIONS";
}

std::vector<const Route*> one_of_each_method(std::span<const Route* const> routes) {
  std::vector<const Route*> found;
  for (const Route* route : routes) {
    const bool is_known = std::any_of(found.begin(), found.end(), [&](const Route* other) {
      return other->method == route->method;
    });
    if (!is_known) found.push_back(route);
  }
  return found;
}

}  // namespace

Router::Router(std::span<const Route* const> routes) {
  for (const Route* route : routes) {
    Pattern pattern = pattern_of(route->pattern);
    auto known = std::find_if(patterns_.begin(), patterns_.end(), [&](const Pattern& other) {
      return other.segment_count == pattern.segment_count && other.segments == pattern.segments;
    });
    if (known == patterns_.end()) known = patterns_.insert(known, std::move(pattern));
    known->routes.push_back(route);
  }
  // A segment that is written out goes before a parameter: "/events/mine" is not an id.
  std::stable_sort(patterns_.begin(), patterns_.end(), [](const Pattern& a, const Pattern& b) {
    return std::count(a.segments.begin(), a.segments.end(), "") <
           std::count(b.segments.begin(), b.segments.end(), "");
  });
  for (Pattern& pattern : patterns_) pattern.allow = allow_of(pattern.routes);
  allow_anywhere_ = allow_of(one_of_each_method(routes));
}

void Router::match(const Request& request, RouteMatch& match) const {
  if (request.method == Method::kOptions && request.path == "*") {
    match.route = &unrouted::kOptions;
    match.allow = allow_anywhere_;
    return;
  }
  const bool has_escapes = request.path.find('%') != std::string_view::npos;
  if ((has_escapes && !core::has_valid_escapes(request.path)) ||
      !core::has_valid_escapes(request.query)) {
    match.refusal = &problems::kMalformedTarget;
    return;
  }
  Path path;
  const bool is_splittable = split(request.path, path.segment_count, path.segments);
  if (is_splittable && has_escapes) {
    decode({path.segments.data(), path.segment_count}, match.decoded_path, request.path.size());
  }
  const auto found = std::find_if(patterns_.begin(), patterns_.end(),
                                  [&](const Pattern& pattern) { return matches(pattern, path); });
  if (!is_splittable || found == patterns_.end()) {
    match.refusal = &problems::kRouteNotFound;
    return;
  }
  choose(*found, path, request.method, match);
}

Router::Pattern Router::pattern_of(std::string_view text) {
  Pattern pattern;
  [[maybe_unused]] const bool is_splittable = split(text, pattern.segment_count, pattern.segments);
  assert(is_splittable);  // the table is ours
  for (std::string_view& segment : pattern.segments) {
    if (segment.starts_with('{')) segment = {};
  }
  return pattern;
}

bool Router::matches(const Pattern& pattern, const Path& path) noexcept {
  if (pattern.segment_count != path.segment_count) return false;
  // Its one segment is written out, and empty.
  if (pattern.routes.front()->pattern == "/") return path.segments[0].empty();
  // From the end: the beginnings are alike.
  for (std::size_t i = path.segment_count; i > 0; --i) {
    const std::string_view wanted = pattern.segments[i - 1];
    const std::string_view given = path.segments[i - 1];
    if (wanted.empty() ? given.empty() : wanted != given) return false;
  }
  return true;
}

void Router::choose(const Pattern& pattern, const Path& path, Method method,
                    RouteMatch& match) const {
  const Method wanted = method == Method::kHead ? Method::kGet : method;
  for (const Route* route : pattern.routes) {
    if (route->method != wanted) continue;
    match.route = route;
    std::size_t count = 0;
    for (std::size_t i = 0; i < path.segment_count; ++i) {
      if (pattern.segments[i].empty()) match.parameters[count++] = path.segments[i];
    }
    return;
  }
  match.allow = pattern.allow;
  if (method == Method::kOptions) {
    match.route = &unrouted::kOptions;
    return;
  }
  match.route = &unrouted::kMethodNotAllowed;
  match.refusal = &problems::kMethodNotAllowed;
}

}  // namespace vigie::http
