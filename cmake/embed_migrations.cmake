# Writes a C++ source with the text of every migration.
# cmake -DDIRECTORY=… -DOUTPUT=… -P embed_migrations.cmake
file(GLOB files "${DIRECTORY}/*.sql")
list(SORT files)
set(entries "")
set(previous 0)
foreach(file IN LISTS files)
  get_filename_component(base "${file}" NAME)
  if(NOT base MATCHES "^([0-9][0-9][0-9][0-9])_([a-z0-9_]+)\\.(expand|backfill|contract)\\.sql$")
    message(FATAL_ERROR "${base} is not named NNNN_name.{expand|backfill|contract}.sql")
  endif()
  set(name "${CMAKE_MATCH_2}")
  set(phase "${CMAKE_MATCH_3}")
  string(REGEX REPLACE "^0+" "" version "${CMAKE_MATCH_1}")
  if(version EQUAL previous)
    message(FATAL_ERROR "Two migrations have the version ${version}")
  endif()
  set(previous ${version})
  string(SUBSTRING ${phase} 0 1 initial)
  string(TOUPPER ${initial} initial)
  string(SUBSTRING ${phase} 1 -1 rest)
  file(READ "${file}" sql)
  string(APPEND entries
    "    {${version}, \"${name}\", MigrationPhase::k${initial}${rest}, R\"migration(${sql})migration\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "#include \"server/storage/migration.hpp\"

namespace vigie::storage {
namespace {
constexpr Migration kMigrations[] = {
${entries}};
}  // namespace

std::span<const Migration> embedded_migrations() { return kMigrations; }

}  // namespace vigie::storage
")
