#pragma once

#include <cstdint>
#include <vector>

#include "server/domain/media.hpp"
#include "server/domain/media_store.hpp"
#include "server/domain/result.hpp"

/// Why an upload does not go on, with the numbers that its client needs.
namespace vigie::domain {

/// kQuotaExceeded: an account would use more bytes than `limit`.
Error quota_exceeded(std::uint64_t wanted, std::uint64_t used, std::uint64_t limit);
/// kNotFound: also of what its caller may not know of.
Error no_such_media();
/// kStatusChangeNotAllowed: it takes nothing but the bytes that it has.
Error already_complete();
/// kUploadBusy: the upload was written to while it was completed.
Error parts_busy();
/// kNotFound: the upload has no part of that number.
Error no_such_part(const Media& media);
/// kUploadIncomplete. Names the first that are missing: a client needs no more to go on.
Error incomplete(const Media& media, const std::vector<MediaPart>& parts);

}  // namespace vigie::domain
