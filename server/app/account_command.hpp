#pragma once

#include <string>

#include "server/app/config.hpp"

namespace vigie::app {

struct NewAccountArguments {
  std::string email;
  std::string display_name;
  std::string role;
};

/// Creates an account with the password on standard input's first line and prints its id.
int create_account(const Config& config, const NewAccountArguments& arguments);

}  // namespace vigie::app
