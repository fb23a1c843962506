# Writes a header for each folder of statements, with a Query for each file, and one with the table of all.
# cmake -DDIRECTORY=… -DOUTPUT=… -P embed_sql.cmake
#
# `accounts/find_by_email.sql` is the query `accounts.find_by_email`, in C++ `sql::accounts::kFindByEmail`. It begins with
#   -- query: COMMAND CONNECTION [unprepared] [as NAME]
# COMMAND is db.operation.name. CONNECTION is one of
#   read   shared with others, sent again once when the connection is lost before the answer
#   slow   a read that may be slow: on one of the few connections set aside for those
#   write  on a connection that is leased
#   aside  never asked of the pools: it travels with others, or has a connection of its own
# unprepared: planned with its values at each call. as: another text of the query with that name.
# `columns.part.sql` is no query: {{columns}}, or {{accounts/columns}} from another folder, stands for its text, and
# {{columns of jobs}} for the same columns as those of `jobs`. A part that is a list of columns, `….columns.part.sql`, is a
# namespace in C++ too, with the number of each. Lines that begin with -- stay in the file; the others become one line.
cmake_minimum_required(VERSION 3.25)
file(GLOB_RECURSE files RELATIVE "${DIRECTORY}" "${DIRECTORY}/*.sql")
list(SORT files)

# NAME: what stands in `file`, without comments, on one line.
function(read_statement name file)
  file(READ "${DIRECTORY}/${file}" text)
  string(REGEX REPLACE "\n--[^\n]*" "" text "\n${text}")
  string(REGEX REPLACE "\\( *\n *" "(" text "${text}")
  string(REGEX REPLACE " *\n *" " " text "${text}")
  string(STRIP "${text}" text)
  set(${name} "${text}" PARENT_SCOPE)
endfunction()

# NAME: `text` with its parts in place; of `folder` where they do not name another.
function(with_parts name file folder text)
  while(text MATCHES "{{([a-z_]+/)?([a-z_]+)( of ([a-z_]+))?}}")
    set(whole "${CMAKE_MATCH_0}")
    set(home "${CMAKE_MATCH_1}")
    set(part "${CMAKE_MATCH_2}")
    set(alias "${CMAKE_MATCH_4}")
    if(home STREQUAL "")
      set(home "${folder}/")
    endif()
    if(NOT EXISTS "${DIRECTORY}/${home}${part}.part.sql")
      message(FATAL_ERROR "${file}: there is no ${home}${part}.part.sql")
    endif()
    read_statement(value "${home}${part}.part.sql")
    if(value MATCHES "{{")
      message(FATAL_ERROR "${home}${part}.part.sql: a part has no parts")
    endif()
    if(NOT alias STREQUAL "")
      string(REGEX REPLACE "([a-z_]+)" "${alias}.\\1" value "${value}")
    endif()
    string(REPLACE "${whole}" "${value}" text "${text}")
  endwhile()
  if(text MATCHES "[{}]")
    message(FATAL_ERROR "${file}: a brace that is not {{part}}, {{folder/part}} or {{part of alias}}")
  endif()
  set(${name} "${text}" PARENT_SCOPE)
endfunction()

# NAME: find_by_email as kFindByEmail.
function(constant_of name words)
  string(REPLACE "_" ";" words "${words}")
  set(constant k)
  foreach(word IN LISTS words)
    string(SUBSTRING ${word} 0 1 initial)
    string(TOUPPER ${initial} initial)
    string(SUBSTRING ${word} 1 -1 rest)
    string(APPEND constant ${initial}${rest})
  endforeach()
  set(${name} ${constant} PARENT_SCOPE)
endfunction()

# NAME: the numbers of the columns of a part, and their text.
function(columns_of name part file)
  read_statement(text "${file}")
  if(NOT text MATCHES "^[a-z_]+(, [a-z_]+)*$")
    message(FATAL_ERROR "${file}: is no list of columns")
  endif()
  string(REPLACE ", " ";" columns "${text}")
  set(rows "")
  set(count 0)
  foreach(column IN LISTS columns)
    constant_of(constant ${column})
    string(APPEND rows "inline constexpr int ${constant} = ${count};\n")
    math(EXPR count "${count} + 1")
  endforeach()
  set(${name} "namespace ${part} {
inline constexpr std::string_view kText = \"${text}\";
inline constexpr int kCount = ${count};
${rows}}\n" PARENT_SCOPE)
endfunction()

set(folders "")
set(names "")
set(used_names "")
set(table "")
set(position 0)
foreach(file IN LISTS files)
  if(NOT file MATCHES "^([a-z_]+)/([a-z_]+)(\\.part)?\\.sql$")
    message(FATAL_ERROR "${file} is not named folder/name.sql or folder/name.part.sql")
  endif()
  set(folder ${CMAKE_MATCH_1})
  set(stem ${CMAKE_MATCH_2})
  set(is_part "${CMAKE_MATCH_3}")
  list(APPEND folders ${folder})
  if(is_part)
    if(stem MATCHES "columns$")
      columns_of(rows ${stem} "${file}")
      string(APPEND header_${folder} "${rows}\n")
    endif()
    continue()
  endif()
  file(READ "${DIRECTORY}/${file}" raw)
  if(NOT "${raw}" MATCHES "^-- query: ([A-Z]+) (read|slow|write|aside)( unprepared)?( as ([a-z_.]+))?\n")
    message(FATAL_ERROR "${file}: does not begin with `-- query: COMMAND read|slow|write|aside [unprepared] [as NAME]`")
  endif()
  set(operation ${CMAKE_MATCH_1})
  set(connection ${CMAKE_MATCH_2})
  set(unprepared "${CMAKE_MATCH_3}")
  set(name "${CMAKE_MATCH_5}")
  if(name STREQUAL "")
    set(name ${folder}.${stem})
    list(APPEND names ${name})
  else()
    list(APPEND used_names ${name})
  endif()
  read_statement(sql "${file}")
  if(sql STREQUAL "")
    message(FATAL_ERROR "${file}: says nothing")
  endif()
  with_parts(sql "${file}" ${folder} "${sql}")
  set(fields_read ".is_read = true")
  set(fields_slow ".lane = Lane::kSlow, .is_read = true")
  set(fields_write ".lane = Lane::kWrite")
  set(fields_aside ".is_aside = true")
  math(EXPR position "${position} + 1")
  set(statement ${position})
  if(unprepared)
    set(statement 0)
  endif()
  constant_of(constant ${stem})
  string(APPEND header_${folder} "inline constexpr Query ${constant}{
    .name = \"${name}\",
    .sql = R\"sql(${sql})sql\",
    .operation = \"${operation}\",
    ${fields_${connection}},
    .statement = ${statement}};\n\n")
  string(APPEND table "    &${folder}::${constant},\n")
endforeach()

foreach(name IN LISTS used_names)
  if(NOT name IN_LIST names AND NOT name STREQUAL "diagnostic")
    message(FATAL_ERROR "`as ${name}`: there is no such query")
  endif()
endforeach()

list(REMOVE_DUPLICATES folders)
set(includes "")
foreach(folder IN LISTS folders)
  string(APPEND includes "#include \"server/storage/sql/${folder}.hpp\"\n")
  file(CONFIGURE OUTPUT "${OUTPUT}/${folder}.hpp" @ONLY CONTENT "#pragma once

#include <string_view>

#include \"server/storage/query.hpp\"

namespace vigie::storage::sql::${folder} {

${header_${folder}}}  // namespace vigie::storage::sql::${folder}
")
endforeach()
file(CONFIGURE OUTPUT "${OUTPUT}/table.hpp" @ONLY CONTENT "#pragma once

#include <array>

${includes}
namespace vigie::storage::sql {

/// Every statement of the files. Each that is prepared has its place here, from 1, as its id.
inline constexpr auto kQueries = std::to_array<const Query*>({
${table}});

}  // namespace vigie::storage::sql
")
