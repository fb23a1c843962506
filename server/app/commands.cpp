#include "server/app/commands.hpp"

#include <sysexits.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/app/account_command.hpp"
#include "server/app/backup_command.hpp"
#include "server/app/check_command.hpp"
#include "server/app/config.hpp"
#include "server/app/describe_command.hpp"
#include "server/app/jobs_command.hpp"
#include "server/app/migrate_command.hpp"
#include "server/app/serve_command.hpp"
#include "server/app/suggestion.hpp"
#include "server/app/system_clock.hpp"
#include "server/app/worker_command.hpp"
#include "server/auth/key_ring.hpp"

namespace vigie::app {
namespace {

/// The configuration, or nothing after all its faults were printed.
std::optional<Config> without_faults(ConfigReading reading) {
  if (reading.faults.empty()) return std::move(reading.config);
  std::cerr << "vigie: the configuration has " << reading.faults.size() << " fault"
            << (reading.faults.size() == 1 ? "" : "s") << ":\n";
  for (const std::string& fault : reading.faults) std::cerr << "  " << fault << '\n';
  return std::nullopt;
}

template <typename Command>
int configured(std::initializer_list<std::string_view> needed, Command command) {
  ConfigReading reading = read_config(environ);
  require(reading, needed);
  const auto config = without_faults(std::move(reading));
  return config ? command(*config) : EX_CONFIG;
}

/// Read for `serve`: with what it needs.
ConfigReading read_for_serving() {
  ConfigReading reading = read_config(environ);
  require(reading, {"DATABASE_URL", "VIGIE_KEYS_DIR", "VIGIE_SECRET_FILE", "VIGIE_BLOB_STORE",
                    "VIGIE_ADMIN_ADDRESS"});
  return reading;
}

void add_serve(CLI::App& cli, int& exit_code) {
  cli.add_subcommand("serve", "Serve the API until SIGTERM")->callback([&exit_code] {
    const auto config = without_faults(read_for_serving());
    exit_code = config ? serve(*config) : EX_CONFIG;
  });
}

std::vector<domain::JobLane> lanes_of(const std::vector<std::string>& names) {
  std::vector<domain::JobLane> lanes;
  for (const std::string& name : names) {
    const auto lane = domain::parse_job_lane(name);
    if (!lane) throw CLI::ValidationError("--lanes", "no such lane: " + name);
    if (std::ranges::find(lanes, *lane) == lanes.end()) lanes.push_back(*lane);
  }
  return lanes;
}

void add_worker(CLI::App& cli, std::vector<std::string>& lanes, int& exit_code) {
  CLI::App* worker = cli.add_subcommand("worker", "Do the jobs of the queue until SIGTERM");
  worker->add_option("--lanes", lanes, "Which lanes, separated by commas: high,low,external")
      ->delimiter(',')
      ->capture_default_str();
  worker->callback([&lanes, &exit_code] {
    const std::vector<domain::JobLane> wanted = lanes_of(lanes);
    exit_code = configured({"DATABASE_URL", "VIGIE_BLOB_DIRECTORY", "VIGIE_ADMIN_ADDRESS"},
                           [&](const Config& config) { return work(config, wanted); });
  });
}

struct JobsSubcommand {
  const char* name;
  const char* help;
  int (*run)(const Config&, const JobsArguments&);
};

CLI::App* add_jobs_subcommand(CLI::App& jobs, const JobsSubcommand& subcommand,
                              JobsArguments& arguments, int& exit_code) {
  CLI::App* added = jobs.add_subcommand(subcommand.name, subcommand.help);
  added->callback([run = subcommand.run, &arguments, &exit_code] {
    exit_code =
        configured({"DATABASE_URL"}, [&](const Config& config) { return run(config, arguments); });
  });
  return added;
}

void add_jobs(CLI::App& cli, JobsArguments& arguments, int& exit_code) {
  CLI::App* jobs = cli.add_subcommand("jobs", "Look at the queue, and at what has failed");
  jobs->require_subcommand(1);
  CLI::App* list = add_jobs_subcommand(
      *jobs, {"list", "List jobs, the last enqueued first", list_jobs}, arguments, exit_code);
  list->add_option("--state", arguments.state, "ready, scheduled, running or failed");
  list->add_option("--lane", arguments.lane, "high, low or external");
  list->add_option("--kind", arguments.kind, "Kind, such as media.process");
  list->add_option("--limit", arguments.limit, "How many at most")->check(CLI::Range(1, 10000));
  add_jobs_subcommand(*jobs, {"show", "Print jobs as JSON", show_jobs}, arguments, exit_code)
      ->add_option("id", arguments.ids, "Ids of jobs")
      ->required();
  static constexpr std::array kChanges = std::to_array<JobsSubcommand>(
      {{"retry", "Have failed jobs run again, with all their attempts", retry_jobs},
       {"discard", "Forget jobs that do not run", discard_jobs}});
  for (const JobsSubcommand& subcommand : kChanges) {
    CLI::App* added = add_jobs_subcommand(*jobs, subcommand, arguments, exit_code);
    CLI::Option_group* which = added->add_option_group("which");
    which->add_option("id", arguments.ids, "Ids of jobs");
    which->add_option("--kind", arguments.kind, "Failed jobs of this kind");
    which->add_flag("--all", arguments.are_all_failed, "Failed jobs of every kind");
    which->require_option(1);
    added->add_option("--limit", arguments.batch_limit, "How many failed jobs at most")
        ->check(CLI::Range(std::size_t{1}, domain::FailedJobs::kLimitMax))
        ->capture_default_str();
  }
}

void add_migrate(CLI::App& cli, bool& with_contract, int& exit_code) {
  CLI::App* migrate = cli.add_subcommand("migrate", "Bring the database's schema up to date");
  migrate->require_subcommand(1);
  migrate->add_subcommand("status", "List the migrations and whether each is applied")
      ->callback([&exit_code] { exit_code = configured({"DATABASE_URL"}, migrate_status); });
  CLI::App* up = migrate->add_subcommand("up", "Apply what is missing");
  up->add_flag("--contract", with_contract,
               "Apply contract migrations too: no older server runs any more");
  up->callback([&with_contract, &exit_code] {
    exit_code = configured({"DATABASE_URL"}, [with_contract](const Config& config) {
      return migrate_up(config, with_contract);
    });
  });
}

struct UserSubcommand {
  const char* name;
  const char* help;
  int (*run)(const Config&, const AccountArguments&);
};

/// What is done to one account.
constexpr auto kUserSubcommands = std::to_array<UserSubcommand>({
    {"show", "Print an account as JSON, with what was done to it", show_account},
    {"disable", "End its sessions and let nobody sign in", disable_account},
    {"enable", "Let its owner sign in again", enable_account},
    {"end-sessions", "Sign it out everywhere", end_account_sessions},
    {"set-password", "Set its password, read from standard input, and end its sessions",
     set_account_password},
    {"reset-password", "Print a token with which its owner sets another password, once",
     issue_password_reset},
});

CLI::App* add_user_subcommand(CLI::App& user, const UserSubcommand& subcommand,
                              AccountArguments& arguments, int& exit_code) {
  CLI::App* added = user.add_subcommand(subcommand.name, subcommand.help);
  added->callback([run = subcommand.run, &arguments, &exit_code] {
    exit_code =
        configured({"DATABASE_URL"}, [&](const Config& config) { return run(config, arguments); });
  });
  return added;
}

void add_user_create(CLI::App& user, NewAccountArguments& arguments, int& exit_code) {
  CLI::App* create = user.add_subcommand(
      "create", "Create an account of any role; reads the password from standard input");
  create->add_option("--email", arguments.email, "E-mail address")->required();
  create->add_option("--name", arguments.display_name, "Display name")->required();
  create->add_option("--role", arguments.role, "user, organiser or administrator")->required();
  create->callback([&arguments, &exit_code] {
    exit_code = configured({"DATABASE_URL"}, [&arguments](const Config& config) {
      return create_account(config, arguments);
    });
  });
}

void add_user(CLI::App& cli, NewAccountArguments& wanted, AccountArguments& arguments,
              int& exit_code) {
  CLI::App* user = cli.add_subcommand("user", "Manage accounts");
  user->require_subcommand(1);
  add_user_create(*user, wanted, exit_code);
  CLI::App* list = add_user_subcommand(
      *user, {"list", "List accounts, the newest first", list_accounts}, arguments, exit_code);
  list->add_flag("--disabled", arguments.is_disabled_only, "Those that are disabled");
  list->add_option("--limit", arguments.limit, "How many at most")->check(CLI::Range(1, 10000));
  const auto add = [&](const UserSubcommand& subcommand) {
    CLI::App* added = add_user_subcommand(*user, subcommand, arguments, exit_code);
    added->add_option("account", arguments.account, "Its id or e-mail address")->required();
    return added;
  };
  for (const UserSubcommand& subcommand : kUserSubcommands) add(subcommand);
  add({"delete", "Erase who it was, for good; what it has published stays", delete_account})
      ->add_flag("--yes", arguments.is_confirmed, "It cannot be undone")
      ->required();
}

void add_backup(CLI::App& cli, int& exit_code) {
  CLI::App* backup =
      cli.add_subcommand("backup", "Copies of the database in the store of contents");
  backup->require_subcommand(1);
  const auto add = [&](const char* name, const char* what, int (*command)(const Config&)) {
    backup->add_subcommand(name, what)->callback([&exit_code, command] {
      exit_code = configured({"DATABASE_URL", "VIGIE_BLOB_DIRECTORY"}, command);
    });
  };
  add("run", "Take one now", backup_run);
  add("list", "List them, the newest first, with what their last restore found", backup_list);
  add("verify", "Restore the newest into a scratch database and compare it", backup_verify);
}

void add_keygen(CLI::App& cli, std::string& directory, int& exit_code) {
  CLI::App* keygen = cli.add_subcommand("keygen", "Make a signing key in a directory");
  keygen->add_option("directory", directory, "Where the key is written, as <kid>.pem")->required();
  keygen->callback([&directory, &exit_code] {
    std::cout << auth::generate_key(directory, SystemClock().now()) << '\n';
    exit_code = EX_OK;
  });
}

void add_check(CLI::App& cli, int& exit_code) {
  cli.add_subcommand("check", "Look whether all that serve needs is there, and say what is wrong")
      ->callback([&exit_code] { exit_code = check(read_for_serving()); });
}

using Commands = std::vector<const CLI::App*>;

Commands commands_of(const CLI::App& app) {
  // To CLI11 a group of options is one too, without a name.
  return app.get_subcommands([](const CLI::App* each) { return !each->get_name().empty(); });
}

std::string no_such_command(std::string_view word, const Commands& commands) {
  std::vector<std::string_view> names;
  std::string listed;
  for (const CLI::App* command : commands) {
    names.push_back(command->get_name());
    listed.append(listed.empty() ? "" : ", ").append(command->get_name());
  }
  return "there is no command " + std::string(word) + did_you_mean(word, names) + "\nThere are " +
         listed + ".";
}

/// What CLI11 only calls missing: a word where a command is expected that is none.
std::optional<std::string> unknown_command(const CLI::App& cli, int argc, char** argv) {
  const CLI::App* app = &cli;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const Commands commands = commands_of(*app);
    if (word.starts_with('-') || commands.empty()) return std::nullopt;
    const auto found = std::ranges::find(commands, word, &CLI::App::get_name);
    if (found == commands.end()) return no_such_command(word, commands);
    app = *found;
  }
  return std::nullopt;
}

void add_describe(CLI::App& cli, std::string& subject, int& exit_code) {
  CLI::App* describe = cli.add_subcommand("describe", "Print what the binary consists of");
  auto* what = describe->add_option_group("subject");
  for (const DescriptionSubject& row : description_subjects()) {
    what->add_flag_callback(
        "--" + std::string(row.name), [&subject, name = row.name] { subject = name; },
        std::string(row.help));
  }
  what->require_option(1);
  describe->callback([&subject, &exit_code] { exit_code = describe_to_stdout(subject); });
}

}  // namespace

int run(int argc, char** argv) {
  CLI::App cli("Vigie: an event and media API whose telemetry is as tested as its code", "vigie");
  cli.set_version_flag("--version", VIGIE_VERSION " (" VIGIE_REVISION ")");
  cli.require_subcommand(1);
  int exit_code = EX_OK;
  NewAccountArguments new_account;
  AccountArguments account;
  bool with_contract = false;
  std::string key_directory;
  std::string subject;
  std::vector<std::string> lanes{"high", "low", "external"};
  JobsArguments jobs;
  add_serve(cli, exit_code);
  add_worker(cli, lanes, exit_code);
  add_jobs(cli, jobs, exit_code);
  add_migrate(cli, with_contract, exit_code);
  add_user(cli, new_account, account, exit_code);
  add_backup(cli, exit_code);
  add_keygen(cli, key_directory, exit_code);
  add_describe(cli, subject, exit_code);
  add_check(cli, exit_code);
  if (const auto fault = unknown_command(cli, argc, argv)) {
    std::cerr << "vigie: " << *fault << '\n';
    return EX_USAGE;
  }
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli.exit(error) == 0 ? EX_OK : EX_USAGE;
  } catch (const std::exception& error) {
    std::cerr << "vigie: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
  return exit_code;
}

}  // namespace vigie::app
