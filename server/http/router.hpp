#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/message.hpp"
#include "server/http/route.hpp"

namespace vigie::http {

inline constexpr std::size_t kParametersMax = 2;
inline constexpr std::size_t kSegmentsMax = 8;

/// Where a request leads. Stays where it was made: the parameters may view its own memory.
struct RouteMatch {
  RouteMatch() = default;
  RouteMatch(const RouteMatch&) = delete;
  RouteMatch& operator=(const RouteMatch&) = delete;

  const Route* route = &unrouted::kUnmatched;
  /// Why no handler is called; null when one is. For an answer to OPTIONS both are null and `allow`
  /// is set.
  const ProblemType* refusal = nullptr;
  /// Percent-decoded, in the order of the pattern. A decoded '/' is part of the parameter.
  std::array<std::string_view, kParametersMax> parameters;
  /// The methods the path has, for 405 and OPTIONS.
  std::string allow;
  std::string decoded_path;
};

/// Finds the route of a request. Const and thread-safe once made.
class Router {
 public:
  /// The routes outlive the router. Two routes of one method must not match the same path, and a
  /// pattern has at most kSegmentsMax segments and kParametersMax parameters: programmer errors.
  explicit Router(std::span<const Route* const> routes);

  /// HEAD is led to GET. An unknown path is refused with 404, an unknown method of a known path
  /// with 405, an invalid escape with 400. OPTIONS of * asks for all methods that any path has
  /// (RFC 9110, section 9.3.7).
  void match(const Request& request, RouteMatch& match) const;

 private:
  /// Segments of a route's literal; an empty one is a parameter.
  struct Pattern {
    std::size_t segment_count = 0;
    std::array<std::string_view, kSegmentsMax> segments;
    std::vector<const Route*> routes;  // one for each method
    std::string allow;
  };
  /// A path cut into views of it.
  struct Path {
    std::size_t segment_count = 0;
    std::array<std::string_view, kSegmentsMax> segments;
  };

  static Pattern pattern_of(std::string_view text);
  static bool matches(const Pattern& pattern, const Path& path) noexcept;
  void choose(const Pattern& pattern, const Path& path, Method method, RouteMatch& match) const;

  std::vector<Pattern> patterns_;
  std::string allow_anywhere_;
};

}  // namespace vigie::http
