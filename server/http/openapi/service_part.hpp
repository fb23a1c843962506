#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "server/http/openapi/service_json.hpp"
#include "server/http/openapi_part.hpp"
#include "server/http/problem_type.hpp"

namespace vigie::http::openapi {

inline constexpr auto kProblemCodes = [] {
  std::array<std::string_view, problems::kOfProtocol.size() + problems::kOfDomain.size()> codes;
  auto* const rest = std::ranges::transform(problems::kOfProtocol, codes.begin(), [](auto* type) {
                       return type->code;
                     }).out;
  std::ranges::transform(problems::kOfDomain, rest, &ProblemType::code);
  return codes;
}();

inline constexpr auto kServiceValues =
    std::to_array<OpenapiValue>({{.name = "problem_codes", .list = kProblemCodes}});

inline constexpr OpenapiPart kService{kServiceJson, kServiceValues};

}  // namespace vigie::http::openapi
