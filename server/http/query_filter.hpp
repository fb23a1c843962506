#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "server/domain/field_faults.hpp"
#include "server/domain/result.hpp"
#include "server/domain/text.hpp"
#include "server/http/query_parameters.hpp"

namespace vigie::http {

/// How one parameter of a query fills a filter. Its texts are literals.
template <typename Filter>
struct FilterParameter {
  std::string_view name;
  /// False when the value is not of the parameter's form.
  bool (*read)(const std::string& value, Filter& filter);
  /// What it must be; names the limit.
  std::string_view form;
  bool may_repeat = false;
};

/// Values are composed (NFC) before they are read, as texts of a content are. kValidationFailed
/// with a fault for each parameter that is unknown, repeated though it must not be, or not of its
/// form.
template <typename Filter>
domain::Result<Filter> read_filter(const QueryParameters& given,
                                   std::span<const FilterParameter<Filter>> known) {
  Filter filter;
  domain::FieldFaults gathered;
  for (auto parameter = given.begin(); parameter != given.end(); ++parameter) {
    const auto is_same = [&](const auto& other) { return other.name == parameter->name; };
    const auto row = std::find_if(known.begin(), known.end(), is_same);
    if (row == known.end()) {
      gathered.add('?' + parameter->name, "is not a known parameter");
    } else if (!row->may_repeat && std::any_of(given.begin(), parameter, is_same)) {
      gathered.add('?' + parameter->name, "must be given once");
    } else if (!row->read(domain::normalised(parameter->value), filter)) {
      gathered.add('?' + parameter->name, std::string(row->form));
    }
  }
  auto faults = std::move(gathered).take();
  if (!faults.empty()) return domain::validation_error(std::move(faults));
  return filter;
}

}  // namespace vigie::http
