#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vigie::http {

/// The parameters of a form-encoded query, decoded, in the order given.
struct QueryParameter {
  std::string name;
  std::string value;

  bool operator==(const QueryParameter&) const = default;
};
using QueryParameters = std::vector<QueryParameter>;

/// Nothing when an escape is invalid. Empty pieces, as in "a=1&&b=2", are left out.
std::optional<QueryParameters> parse_query(std::string_view query);

/// "name=value&…" with everything escaped that could end a header's quoted or bracketed text.
std::string format_query(const QueryParameters& parameters);

}  // namespace vigie::http
