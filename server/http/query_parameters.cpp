#include "server/http/query_parameters.hpp"

#include "server/http/ascii.hpp"
#include "server/http/percent.hpp"

namespace vigie::http {

std::optional<QueryParameters> parse_query(std::string_view query) {
  QueryParameters parameters;
  while (!query.empty()) {
    std::string_view value = next_part(query, '&');
    if (value.empty()) continue;
    auto name = query_decoded(next_part(value, '='));
    auto decoded = query_decoded(value);
    if (!name || !decoded) return std::nullopt;
    parameters.push_back({*std::move(name), *std::move(decoded)});
  }
  return parameters;
}

std::string format_query(const QueryParameters& parameters) {
  std::string text;
  for (const QueryParameter& parameter : parameters) {
    if (!text.empty()) text.push_back('&');
    append_percent_encoded(text, parameter.name);
    text.push_back('=');
    append_percent_encoded(text, parameter.value);
  }
  return text;
}

}  // namespace vigie::http
