#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "server/net/waiting.hpp"

namespace vigie::net {

/// `name` names the threads, at most 12 characters. Jobs beyond `queue_capacity` waiting ones are
/// refused. The pool's destructor skips what is queued, waits for what runs, and joins; fibers that
/// still wait are woken with kTimedOut.
std::unique_ptr<CpuPool> make_cpu_pool(std::string name, std::size_t threads,
                                       std::size_t queue_capacity);

}  // namespace vigie::net
