# Most of the compile time goes into reading headers of the standard library, so they are read once for all targets. Each
# file includes what it uses all the same (tests/ops/includes_test.py): a build without this option is the same program.
option(VIGIE_PRECOMPILE "Precompile the headers of the standard library and GoogleTest (GNU only)" ON)
# ccache asks other options of clang, which builds the fuzz targets alone.
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(VIGIE_PRECOMPILE OFF)
endif()

set(VIGIE_STANDARD_HEADERS
  <algorithm> <array> <atomic> <charconv> <chrono> <cstddef> <cstdint> <functional> <map> <memory> <mutex> <optional> <span>
  <stdexcept> <string> <string_view> <system_error> <utility> <variant> <vector>)

# vigie_precompiled(NAME HEADERS … [LIBRARIES …] [POSITION -fPIC|-fPIE]): headers that other targets can read. Those have the
# same options, or the compiler refuses.
function(vigie_precompiled name)
  cmake_parse_arguments(arg "" "POSITION" "HEADERS;LIBRARIES" ${ARGN})
  set(source ${PROJECT_BINARY_DIR}/precompiled/${name}.cpp)
  file(CONFIGURE OUTPUT ${source} CONTENT "")
  add_library(${name} OBJECT ${source})
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  # By the last one ccache sees which of them a file was compiled with.
  target_compile_options(${name} PRIVATE ${arg_POSITION} -fpch-preprocess)
  target_link_libraries(${name} PRIVATE vigie_settings ${arg_LIBRARIES})
  target_precompile_headers(${name} PRIVATE ${arg_HEADERS})
endfunction()

# vigie_precompile(TARGET NAME): the target reads them.
function(vigie_precompile target name)
  if(VIGIE_PRECOMPILE)
    target_compile_options(${target} PRIVATE -fpch-preprocess)
    target_precompile_headers(${target} REUSE_FROM ${name})
  endif()
endfunction()
