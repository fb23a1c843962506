#include "server/jobs/handlers.hpp"

#include <algorithm>
#include <cassert>

namespace vigie::jobs {

void Handlers::add(std::string_view kind, domain::JobHandler& handler,
                   std::chrono::milliseconds run_time_max, bool is_long) {
  assert(find(kind) == nullptr);  // the composition root names each once
  entries_.push_back({std::string(kind), handler, run_time_max, is_long});
  kinds_.emplace_back(kind);
}

const HandlerEntry* Handlers::find(std::string_view kind) const {
  const auto found = std::ranges::find(entries_, kind, &HandlerEntry::kind);
  return found == entries_.end() ? nullptr : &*found;
}

}  // namespace vigie::jobs
