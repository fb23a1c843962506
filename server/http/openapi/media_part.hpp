#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "server/domain/media.hpp"
#include "server/domain/media_type.hpp"
#include "server/http/openapi/media_json.hpp"
#include "server/http/openapi_part.hpp"

namespace vigie::http::openapi {

inline constexpr auto kMediaTypeNames = [] {
  std::array<std::string_view, domain::kMediaTypes.size()> names;
  std::ranges::transform(domain::kMediaTypes, names.begin(), &domain::MediaType::name);
  return names;
}();

inline constexpr auto kMediaValues = std::to_array<OpenapiValue>({
    {.name = "media_states", .list = domain::kMediaStateNames},
    {.name = "preview_names", .list = domain::kPreviewNames},
    {.name = "media_type_names", .list = kMediaTypeNames},
    {.name = "parts_max", .limit = domain::MediaLimits::kPartsMax},
    {.name = "file_name_characters_max", .limit = domain::MediaLimits::kFileNameCharactersMax},
});

inline constexpr OpenapiPart kMedia{kMediaJson, kMediaValues};

}  // namespace vigie::http::openapi
