#include "server/jobs/clean_up.hpp"

namespace vigie::jobs {

domain::Result<void> CleanUp::run(const domain::Context& context, domain::JobRun& /*run*/) {
  constexpr std::int64_t kPortion = 1000;
  std::int64_t removed = kPortion;
  while (removed == kPortion) {
    const auto result = remove_expired_(context, clock_.now(), kPortion);
    if (!result) return result.error();
    removed = *result;
  }
  return {};
}

}  // namespace vigie::jobs
