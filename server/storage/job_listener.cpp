#include "server/storage/job_listener.hpp"

#include <string_view>
#include <utility>

#include "server/storage/sql/jobs.hpp"
#include "server/storage/sql/session.hpp"

namespace vigie::storage {

JobListener::JobListener(net::EventLoop& loop, const DatabaseOptions& options, Heard heard)
    : heard_(std::move(heard)), connection_(loop, options, *this) {}

const Query& JobListener::question() {
  return is_listening_ ? sql::session::kProbe : sql::jobs::kListen;
}

void JobListener::answered(const Rows&) {
  if (std::exchange(is_listening_, true)) return;
  heard_(std::nullopt);
}

void JobListener::notified(std::string_view payload) { heard_(domain::parse_job_lane(payload)); }

}  // namespace vigie::storage
