#include "server/blob/offload.hpp"

namespace vigie::blob {

domain::Error not_done(net::CpuPool::Outcome outcome) {
  if (outcome == net::CpuPool::Outcome::kRefused) {
    return {.code = domain::Code::kOverloaded,
            .message = "Too many contents are moved at the moment.",
            .detail = "the queue of the blob store's threads is full"};
  }
  return {.code = domain::Code::kDeadlineExceeded,
          .message = "The request took too long.",
          .detail = "the deadline passed before the blob store was done"};
}

}  // namespace vigie::blob
