#include "server/app/account_command.hpp"

#include <chrono>
#include <cstdlib>
#include <functional>
#include <iomanip>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <vector>

#include "server/app/accounts_desk.hpp"
#include "server/domain/account_rules.hpp"
#include "server/domain/rfc3339.hpp"
#include "server/domain/text.hpp"
#include "telemetry/json_writer.hpp"

namespace vigie::app {
namespace {

using domain::Account;
using domain::AccountId;
using domain::Context;

constexpr std::int64_t kHistoryMax = 100;

std::string describe(const domain::Error& error) {
  std::string text = error.message;
  for (const auto& fault : error.faults) text += "\n  " + fault.pointer + ": " + fault.message;
  if (!error.detail.empty()) text += " (" + error.detail + ")";
  return text;
}

template <typename Value>
const Value& value_of(const domain::Result<Value>& result) {
  if (!result) throw std::runtime_error(describe(result.error()));
  return *result;
}

void expect(const domain::Result<void>& done) {
  if (!done) throw std::runtime_error(describe(done.error()));
}

domain::Role role_of(const std::string& name) {
  const auto role = domain::parse_role(name);
  if (!role) throw std::runtime_error("--role must be user, organiser or administrator");
  return *role;
}

std::string read_password() {
  std::string password;
  if (!std::getline(std::cin, password)) {
    throw std::runtime_error("the password is read from standard input, which is empty");
  }
  return password;
}

/// Nothing when there is none, or it is erased.
std::optional<Account> find(AccountsDesk& desk, const Context& context, const std::string& text) {
  if (const auto id = AccountId::parse(text)) return value_of(desk.store().find(context, *id));
  if (!domain::is_email(text)) return std::nullopt;
  return value_of(desk.store().find_by_email(context, domain::normalised_email(text)));
}

/// Does `body` with the account that is meant. What it throws is thrown here, once the fiber is
/// over.
int with_account(const Config& config, const AccountArguments& arguments,
                 const std::function<void(AccountsDesk&, const Context&, const Account&)>& body) {
  AccountsDesk desk(config);
  desk.run([&](const Context& context) {
    const auto account = find(desk, context, arguments.account);
    if (!account) throw std::runtime_error("there is no account " + arguments.account);
    body(desk, context, *account);
  });
  return EXIT_SUCCESS;
}

using Change = domain::Result<void> (domain::AccountLife::*)(const Context&, AccountId);

int change_account(const Config& config, const AccountArguments& arguments, Change change) {
  return with_account(config, arguments,
                      [change](AccountsDesk& desk, const Context& context, const Account& account) {
                        expect((desk.life().*change)(context, account.id));
                      });
}

void write_time(telemetry::JsonWriter& json, std::string_view name,
                const std::optional<domain::Timestamp>& time) {
  json.key(name);
  time ? json.value(domain::format_rfc3339(*time)) : json.null();
}

void write_changes(telemetry::JsonWriter& json,
                   const std::vector<domain::AccountChangeRecord>& changes) {
  json.key("changes").begin_array();
  for (const auto& change : changes) {
    json.begin_object()
        .member("at", domain::format_rfc3339(change.changed_at))
        .member("change", name_of(change.change))
        .member("by", change.actor_id ? change.actor_id->to_string() : "")
        .member("correlation_id", change.correlation_id)
        .end_object();
  }
  json.end_array();
}

std::string json_of(AccountId id, const std::optional<Account>& account,
                    const std::vector<domain::AccountChangeRecord>& changes) {
  telemetry::JsonWriter json;
  json.begin_object().member("id", id.to_string());
  if (account) {
    json.member("email", account->email)
        .member("display_name", account->display_name)
        .member("role", name_of(account->role))
        .member("created_at", domain::format_rfc3339(account->created_at));
    write_time(json, "disabled_at", account->disabled_at);
  }
  write_changes(json, changes);
  json.end_object();
  return json.take();
}

void print_line(const Account& account) {
  std::cout << account.id.to_string() << ' ' << std::left << std::setw(13) << name_of(account.role)
            << ' ' << std::setw(8) << (account.disabled_at ? "disabled" : "enabled") << ' '
            << domain::format_rfc3339(account.created_at) << ' ' << account.email << '\n';
}

}  // namespace

int create_account(const Config& config, const NewAccountArguments& arguments) {
  const domain::Role role = role_of(arguments.role);
  const domain::NewAccount wanted{arguments.email, domain::normalised(arguments.display_name),
                                  read_password()};
  AccountsDesk desk(config);
  desk.run([&](const Context& context) {
    const auto created = desk.accounts().create(context, wanted, role);
    std::cout << value_of(created).id.to_string() << '\n';
  });
  return EXIT_SUCCESS;
}

int list_accounts(const Config& config, const AccountArguments& arguments) {
  AccountsDesk desk(config);
  desk.run([&](const Context& context) {
    const auto accounts = desk.store().list(
        context, {.is_disabled_only = arguments.is_disabled_only, .limit = arguments.limit});
    for (const Account& account : value_of(accounts)) print_line(account);
  });
  return EXIT_SUCCESS;
}

int show_account(const Config& config, const AccountArguments& arguments) {
  AccountsDesk desk(config);
  desk.run([&](const Context& context) {
    const auto account = find(desk, context, arguments.account);
    const auto id = account ? account->id : AccountId::parse(arguments.account);
    if (!id) throw std::runtime_error("there is no account " + arguments.account);
    const auto changes = value_of(desk.store().history(context, *id, kHistoryMax));
    if (!account && changes.empty()) {
      throw std::runtime_error("there is no account " + arguments.account);
    }
    std::cout << json_of(*id, account, changes) << '\n';
  });
  return EXIT_SUCCESS;
}

int disable_account(const Config& config, const AccountArguments& arguments) {
  return change_account(config, arguments, &domain::AccountLife::disable);
}

int enable_account(const Config& config, const AccountArguments& arguments) {
  return change_account(config, arguments, &domain::AccountLife::enable);
}

int end_account_sessions(const Config& config, const AccountArguments& arguments) {
  return change_account(config, arguments, &domain::AccountLife::end_sessions);
}

int set_account_password(const Config& config, const AccountArguments& arguments) {
  const std::string password = read_password();
  return with_account(
      config, arguments,
      [&password](AccountsDesk& desk, const Context& context, const Account& account) {
        expect(desk.life().set_password(context, account, password, "/password", {}));
      });
}

int issue_password_reset(const Config& config, const AccountArguments& arguments) {
  return with_account(
      config, arguments, [](AccountsDesk& desk, const Context& context, const Account& account) {
        const auto token = desk.resets().issue(context, account.id);
        std::cout << value_of(token) << '\n';
        std::cerr
            << "vigie: good once, for "
            << std::chrono::ceil<std::chrono::minutes>(desk.resets().limits().lifetime).count()
            << " minutes; its owner sends it to POST /api/v1/auth/password-resets/complete\n";
      });
}

int delete_account(const Config& config, const AccountArguments& arguments) {
  return change_account(config, arguments, &domain::AccountLife::erase);
}

}  // namespace vigie::app
