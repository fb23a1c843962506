#include "server/process/blob_input.hpp"

#include <utility>
#include <variant>

#include "server/platform/core/descriptor.hpp"

namespace vigie::process {

domain::Result<std::unique_ptr<ChildProcess>> start_on(domain::BlobContent& content,
                                                       Command command) {
  if (auto* const file = std::get_if<core::Descriptor>(&content)) command.input = std::move(*file);
  return ChildProcess::start(std::move(command));
}

domain::Result<void> feed(ChildProcess& child, domain::BlobContent& content,
                          net::TimePoint deadline) {
  auto* const source = std::get_if<std::unique_ptr<domain::BlobSource>>(&content);
  if (source == nullptr) return {};
  for (;;) {
    const auto bytes = (*source)->next();
    if (!bytes) return bytes.error();
    if (bytes->empty()) break;
    const auto written = child.write(*bytes, deadline);
    if (!written) return written.error();
    if (!*written) break;
  }
  child.close_input();
  return {};
}

}  // namespace vigie::process
