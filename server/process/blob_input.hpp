#pragma once

#include <memory>

#include "server/domain/blob_store.hpp"
#include "server/domain/result.hpp"
#include "server/process/child_process.hpp"

namespace vigie::process {

// A stored content as a child's standard input: a file is handed over, and what comes from
// elsewhere is sent.

/// Starts the child on `content`, which must be fed to it. `command` has no other input.
domain::Result<std::unique_ptr<ChildProcess>> start_on(domain::BlobContent& content,
                                                       Command command);

/// Sends what does not lie in a file, and closes the input. Its end, or the child's, is no failure.
domain::Result<void> feed(ChildProcess& child, domain::BlobContent& content,
                          net::TimePoint deadline);

}  // namespace vigie::process
