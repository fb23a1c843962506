#pragma once

#include <string_view>

/// The kinds of jobs that do backups. Who enqueues one and who handles it name it by these.
namespace vigie::backup {

inline constexpr std::string_view kRun = "backup.run";
inline constexpr std::string_view kVerify = "backup.verify";

}  // namespace vigie::backup
