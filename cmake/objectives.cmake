# What the table of objectives says to C++. At configuration, so that whoever reads compile_commands.json finds the
# headers; a changed table configures anew.

# vigie_route_classes(TABLE HEADER): the classes of routes.
function(vigie_route_classes source output)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${source}")
  file(READ "${source}" table)
  string(JSON count LENGTH "${table}" route_classes)
  math(EXPR last "${count} - 1")
  set(patterns "")
  set(classes "")
  foreach(i RANGE ${last})
    string(JSON name GET "${table}" route_classes ${i} class)
    string(JSON seconds GET "${table}" route_classes ${i} slow_after_seconds)
    string(JSON route_count LENGTH "${table}" route_classes ${i} routes)
    math(EXPR route_last "${route_count} - 1")
    set(rows "")
    foreach(k RANGE ${route_last})
      string(JSON route GET "${table}" route_classes ${i} routes ${k})
      string(APPEND rows "    \"${route}\",\n")
    endforeach()
    string(APPEND patterns "inline constexpr auto kPatterns${i} = std::to_array<std::string_view>({\n${rows}});\n")
    string(APPEND classes "    {\"${name}\", ${seconds}, kPatterns${i}},\n")
  endforeach()
  file(CONFIGURE OUTPUT "${output}" @ONLY CONTENT "#pragma once

#include <array>
#include <span>
#include <string_view>

namespace vigie::http {

/// Routes whose users wait alike. A value over literals.
struct RouteClass {
  std::string_view name;
  double slow_after_seconds;
  std::span<const std::string_view> patterns;
};

${patterns}
inline constexpr auto kRouteClasses = std::to_array<RouteClass>({
${classes}});

}  // namespace vigie::http
")
endfunction()

# vigie_job_objective(TABLE HEADER): from when on a job that begins is a bad event, and in which lane.
function(vigie_job_objective source output)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${source}")
  file(READ "${source}" table)
  string(JSON count LENGTH "${table}" objectives)
  math(EXPR last "${count} - 1")
  set(lane "")
  foreach(i RANGE ${last})
    string(JSON slo GET "${table}" objectives ${i} slo)
    if(slo STREQUAL "jobs")
      string(JSON lane GET "${table}" objectives ${i} counted lane)
      string(JSON seconds GET "${table}" objectives ${i} threshold_seconds)
    endif()
  endforeach()
  if(lane STREQUAL "")
    message(FATAL_ERROR "${source}: no objective `jobs`")
  endif()
  file(CONFIGURE OUTPUT "${output}" @ONLY CONTENT "#pragma once

#include <chrono>
#include <string_view>

namespace vigie::jobs {

/// A job of this lane that waited longer is a bad event of the objective.
inline constexpr std::string_view kObjectiveLane = \"${lane}\";
inline constexpr std::chrono::duration<double> kLateAfter{${seconds}};

}  // namespace vigie::jobs
")
endfunction()
