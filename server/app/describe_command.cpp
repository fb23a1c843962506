#include "server/app/describe_command.hpp"

#include <array>
#include <cstdlib>
#include <iostream>
#include <string>

#include "server/app/config.hpp"
#include "server/http/openapi.hpp"
#include "server/http/routes.hpp"
#include "server/storage/event_list_query.hpp"
#include "telemetry/catalogue/vigie_catalogue.hpp"

namespace vigie::app {
namespace {

std::string describe_catalogue() { return telemetry::catalogue_json(telemetry::vigie_catalogue()); }

struct Subject {
  std::string_view name;
  std::string (*text)();
};

constexpr std::array kSubjects = {
    Subject{"benchmark-sql", storage::benchmark_owner_list_sql},
    Subject{"catalogue", describe_catalogue},
    Subject{"config", describe_config},
    Subject{"openapi", http::openapi_json},
    Subject{"routes", http::describe_routes},
};

constexpr auto kNames = [] {
  std::array<std::string_view, kSubjects.size()> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kSubjects[i].name;
  return names;
}();

}  // namespace

std::span<const std::string_view> description_subjects() { return kNames; }

int describe_to_stdout(std::string_view subject) {
  for (const Subject& candidate : kSubjects) {
    if (candidate.name == subject) std::cout << candidate.text();
  }
  return EXIT_SUCCESS;
}

}  // namespace vigie::app
