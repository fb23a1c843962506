#pragma once

#include <memory>

#include "server/domain/media_type.hpp"
#include "server/net/waiting.hpp"

namespace vigie::preview {

/// Tells types by libmagic's table of magic numbers. Threat: the bytes are a stranger's. So only
/// the first few kilobytes are looked at, and only with that table: libmagic's parsers of archives,
/// programs, documents and texts are switched off, and its own bounds are lowered. What is left
/// compares bytes, which is why it runs here and not in vigie-preview: an upload waits for it.
/// Thread-safe.
class MagicMediaTypes : public domain::MediaTypes {
 public:
  /// Loads the table (package libmagic-mgc). Throws std::runtime_error when there is none.
  explicit MagicMediaTypes(net::CpuPool& pool);

  domain::Result<std::string> sniff(const domain::Context& context, std::string_view head) override;

 private:
  class Table;

  net::CpuPool& pool_;
  /// Shared with work whose caller has left at its deadline.
  std::shared_ptr<Table> table_;
};

}  // namespace vigie::preview
