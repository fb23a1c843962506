# vigie_embed_json(SOURCE OUTPUT NAMESPACE CONSTANT): a header with the text of a JSON file. At configuration, as in
# objectives.cmake; a changed file configures anew.
function(vigie_embed_json source output namespace constant)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${source}")
  file(READ "${source}" text)
  file(GENERATE OUTPUT "${output}" CONTENT "#pragma once

#include <string_view>

namespace ${namespace} {

inline constexpr std::string_view ${constant} = R\"json(${text})json\";

}  // namespace ${namespace}
")
endfunction()
