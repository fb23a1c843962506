#include "server/http/fault_merge.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace vigie::http {
namespace {

/// Whether one pointer names the other's value or what is inside of it.
bool are_related(std::string_view a, std::string_view b) {
  const std::string_view outer = a.size() < b.size() ? a : b;
  const std::string_view inner = a.size() < b.size() ? b : a;
  return inner.starts_with(outer) && (inner.size() == outer.size() || inner[outer.size()] == '/');
}

bool depends_on(std::string_view rule, std::string_view fault) {
  return are_related(rule, fault) || (rule == "/ends_at" && fault == "/starts_at");
}

}  // namespace

void add_unrelated(std::vector<domain::FieldFault>& faults,
                   std::vector<domain::FieldFault> of_rules) {
  const std::size_t form_count = faults.size();
  for (domain::FieldFault& rule : of_rules) {
    const auto end = faults.begin() + static_cast<std::ptrdiff_t>(form_count);
    const bool is_known = std::any_of(faults.begin(), end, [&](const domain::FieldFault& fault) {
      return depends_on(rule.pointer, fault.pointer);
    });
    if (!is_known) faults.push_back(std::move(rule));
  }
}

}  // namespace vigie::http
