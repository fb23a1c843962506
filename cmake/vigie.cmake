# Settings that every target of the project shares.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
include(hardening)
include(precompile)

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

add_library(vigie_settings INTERFACE)
target_compile_options(vigie_settings INTERFACE
  # Designated initialisers name what differs from the default; g++ 12 would ask for the rest too.
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-missing-field-initializers>
  $<$<BOOL:${VIGIE_WERROR}>:-Werror>)
target_include_directories(vigie_settings INTERFACE ${PROJECT_SOURCE_DIR})
if(VIGIE_SANITIZE)
  add_compile_options(-fsanitize=${VIGIE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${VIGIE_SANITIZE})
  # With these g++ 12 takes no comparison of an address with null for a constant expression (PR 71962), and the
  # catalogue is checked at compile time. A null that is followed ends the process without them too.
  add_compile_options(-fno-sanitize=null,nonnull-attribute,returns-nonnull-attribute)
endif()

if(VIGIE_FUZZ)
  # Libraries too: libFuzzer steers by the branches that it sees.
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
endif()

# vigie_library(NAME SOURCES … [PUBLIC targets…] [PRIVATE targets…]): a layer. Third-party targets are PRIVATE,
# so that no other layer can include their headers by accident.
function(vigie_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC $<BUILD_INTERFACE:vigie_settings> ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
  vigie_precompile(${name} vigie_library_headers)
endfunction()

# vigie_test(NAME SOURCES … LIBRARIES … [ALONE tests…]): one GoogleTest binary, each TEST a ctest case. Those that compare
# times with each other run ALONE, all others side by side.
function(vigie_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES;ALONE" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} GTest::gmock GTest::gtest_main)
  vigie_precompile(${name} vigie_test_headers)
  list(JOIN arg_ALONE ":" alone)
  gtest_discover_tests(${name} TEST_FILTER "-${alone}" DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
  if(arg_ALONE)
    gtest_discover_tests(${name} TEST_FILTER "${alone}" TEST_LIST ${name}_ALONE DISCOVERY_TIMEOUT 60
      PROPERTIES TIMEOUT 300 RUN_SERIAL ON)
  endif()
endfunction()
