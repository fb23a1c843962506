// The first page of an owner's events as anybody sees it, for pgbench: variables :owner and :limit
// (one more than the page has).

#include <cstdlib>
#include <iostream>
#include <string>

#include "server/storage/event_list_query.hpp"

namespace {

bool name_variable(std::string& sql, const char* parameter, const char* variable) {
  const std::size_t at = sql.find(parameter);
  if (at == std::string::npos) return false;
  sql.replace(at, 2, variable);
  return true;
}

}  // namespace

int main() {
  vigie::storage::ListQueries queries;
  const vigie::domain::EventQuery query{.owner = vigie::domain::AccountId{}};
  std::string sql(queries.query(query).sql);
  const bool has_both = name_variable(sql, "$1", ":owner") && name_variable(sql, "$2", ":limit");
  if (!has_both || sql.find('$') != std::string::npos) {
    std::cerr << "The statement has other parameters than an owner and a limit: " << sql << '\n';
    return EXIT_FAILURE;
  }
  std::cout << sql;
  return EXIT_SUCCESS;
}
