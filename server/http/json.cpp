#include "server/http/json.hpp"

#include <string>
#include <utility>

namespace vigie::http {
namespace {

const ProblemType& type_of(core::JsonFault::Kind kind) {
  switch (kind) {
    case core::JsonFault::Kind::kMalformed:
      break;
    case core::JsonFault::Kind::kDuplicateMember:
      return problems::kDuplicateMember;
    case core::JsonFault::Kind::kTooDeep:
      return problems::kJsonTooDeep;
    case core::JsonFault::Kind::kNumberOutOfRange:
      return problems::kNumberOutOfRange;
  }
  return problems::kMalformedJson;
}

}  // namespace

std::variant<JsonValue, Problem> parse_json(std::string_view text) {
  auto read = core::parse_json(text);
  if (auto* const value = std::get_if<JsonValue>(&read)) return std::move(*value);
  auto& fault = std::get<core::JsonFault>(read);
  const ProblemType& type = type_of(fault.kind);
  return Problem{.type = &type,
                 .detail = std::string(type.title) + ".",
                 .faults = {{std::move(fault.pointer), std::move(fault.message)}}};
}

}  // namespace vigie::http
