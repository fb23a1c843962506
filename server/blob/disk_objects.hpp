#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "server/blob/disk_layout.hpp"
#include "server/domain/blob_store.hpp"
#include "server/platform/core/descriptor.hpp"

namespace vigie::blob {

// What is done with an object's file. All calls may block.

/// Nothing: there is no such object.
domain::Result<std::optional<domain::BlobFacts>> find_object(const DiskLayout& layout,
                                                             const domain::BlobKey& key);
/// Written beside, made durable, then renamed: who reads sees all of it or what was there before.
domain::Result<void> put_object(DiskLayout& layout, const domain::BlobKey& key,
                                std::string_view bytes);
/// kNotFound: no such object; kValidationFailed: the range is not within it.
domain::Result<core::Descriptor> open_object(const DiskLayout& layout, const domain::BlobKey& key,
                                             std::uint64_t offset, std::uint64_t length);
domain::Result<void> remove_object(const DiskLayout& layout, const domain::BlobKey& key);
/// Removes what a process that was killed has left half written.
domain::Result<void> remove_dead_temporaries(const DiskLayout& layout);

}  // namespace vigie::blob
