#pragma once

#include <string_view>

namespace vigie::blob {

/// Whether `text` is a key as server/domain/blob_store.hpp defines it. A key can stand as a path
/// below a directory: it has no empty segment, and none that begins with '.'.
bool is_blob_key(std::string_view text) noexcept;

}  // namespace vigie::blob
