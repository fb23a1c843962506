#include "server/storage/job_listener.hpp"

#include <string_view>
#include <utility>

namespace vigie::storage {
namespace {

constexpr Query kListen{
    .name = QueryName::kDiagnostic, .sql = "LISTEN jobs", .operation = "LISTEN"};
constexpr Query kProbe{.name = QueryName::kDiagnostic, .sql = "SELECT 1", .operation = "SELECT"};

}  // namespace

JobListener::JobListener(net::EventLoop& loop, const DatabaseOptions& options, Heard heard)
    : heard_(std::move(heard)), connection_(loop, options, *this) {}

const Query& JobListener::question() { return is_listening_ ? kProbe : kListen; }

void JobListener::answered(const Rows&) {
  if (std::exchange(is_listening_, true)) return;
  heard_(std::nullopt);
}

void JobListener::notified(std::string_view payload) { heard_(domain::parse_job_lane(payload)); }

}  // namespace vigie::storage
