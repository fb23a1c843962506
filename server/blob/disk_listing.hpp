#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/blob/disk_layout.hpp"
#include "server/domain/blob_store.hpp"

namespace vigie::blob {

/// What to list: as domain::BlobStore::list.
struct ListingRequest {
  std::string prefix;
  std::string after;
  std::size_t limit = 0;
};

/// Objects and uploads in order of key; files that no key names are left out. Reads those
/// directories only that can hold what is asked for. May block.
domain::Result<std::vector<domain::BlobStore::Listed>> list_objects(const DiskLayout& layout,
                                                                    const ListingRequest& request);

}  // namespace vigie::blob
