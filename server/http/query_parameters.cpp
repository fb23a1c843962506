#include "server/http/query_parameters.hpp"

#include "server/http/ascii.hpp"
#include "server/platform/core/percent.hpp"

namespace vigie::http {

std::optional<QueryParameters> parse_query(std::string_view query) {
  QueryParameters parameters;
  while (!query.empty()) {
    std::string_view value = next_part(query, '&');
    if (value.empty()) continue;
    auto name = core::query_decoded(next_part(value, '='));
    auto decoded = core::query_decoded(value);
    if (!name || !decoded) return std::nullopt;
    parameters.push_back({*std::move(name), *std::move(decoded)});
  }
  return parameters;
}

std::string format_query(const QueryParameters& parameters) {
  std::string text;
  for (const QueryParameter& parameter : parameters) {
    if (!text.empty()) text.push_back('&');
    text += core::percent_encoded(parameter.name);
    text.push_back('=');
    text += core::percent_encoded(parameter.value);
  }
  return text;
}

}  // namespace vigie::http
