#include "server/app/describe_command.hpp"

#include <array>
#include <cstdlib>
#include <iostream>
#include <string>

#include "server/app/config.hpp"
#include "server/http/openapi.hpp"
#include "server/http/routes.hpp"
#include "telemetry/catalogue/vigie_catalogue.hpp"

namespace vigie::app {
namespace {

std::string describe_catalogue() { return telemetry::catalogue_json(telemetry::vigie_catalogue()); }

struct Subject {
  DescriptionSubject subject;
  std::string (*text)();
};

constexpr std::array kSubjects = {
    Subject{{"catalogue", "Metrics, spans, log events and attributes, as JSON"},
            describe_catalogue},
    Subject{{"config", "The settings, as docs/configuration.md has them"}, describe_config},
    Subject{{"openapi", "The API in OpenAPI 3.1, as JSON"}, http::openapi_json},
    Subject{{"routes", "The routes of the API, one a line"}, http::describe_routes},
};

constexpr auto kDescribed = [] {
  std::array<DescriptionSubject, kSubjects.size()> subjects;
  for (std::size_t i = 0; i < subjects.size(); ++i) subjects[i] = kSubjects[i].subject;
  return subjects;
}();

}  // namespace

std::span<const DescriptionSubject> description_subjects() { return kDescribed; }

int describe_to_stdout(std::string_view subject) {
  for (const Subject& candidate : kSubjects) {
    if (candidate.subject.name == subject) std::cout << candidate.text();
  }
  return EXIT_SUCCESS;
}

}  // namespace vigie::app
