#pragma once

#include <cstdint>
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

struct AccountArguments {
  /// An id, or an e-mail address.
  std::string account;
  bool is_disabled_only = false;
  /// Of what cannot be undone.
  bool is_confirmed = false;
  std::int64_t limit = 50;
};

/// A line each, the newest first.
int list_accounts(const Config& config, const AccountArguments& arguments);
/// As JSON, with what was done to it. By its id also when it is erased.
int show_account(const Config& config, const AccountArguments& arguments);
int disable_account(const Config& config, const AccountArguments& arguments);
int enable_account(const Config& config, const AccountArguments& arguments);
int end_account_sessions(const Config& config, const AccountArguments& arguments);
/// The password is standard input's first line.
int set_account_password(const Config& config, const AccountArguments& arguments);
/// Prints a token that sets another password once.
int issue_password_reset(const Config& config, const AccountArguments& arguments);
int delete_account(const Config& config, const AccountArguments& arguments);

}  // namespace vigie::app
