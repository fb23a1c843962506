#include "server/domain/upload_errors.hpp"

#include <cstdint>
#include <string>

namespace vigie::domain {

Error quota_exceeded(std::uint64_t wanted, std::uint64_t used, std::uint64_t limit) {
  return {.code = Code::kQuotaExceeded,
          .message = "The account uses " + std::to_string(used) + " of " + std::to_string(limit) +
                     " bytes; this needs " + std::to_string(wanted) + "."};
}

Error no_such_media() { return {.code = Code::kNotFound, .message = "There is no such media."}; }

Error already_complete() {
  return {.code = Code::kStatusChangeNotAllowed,
          .message = "The upload is complete: it cannot be written any more, but with its bytes."};
}

Error parts_busy() {
  return {.code = Code::kUploadBusy,
          .message = "A part was written meanwhile; complete the upload when all are there."};
}

Error no_such_part(const Media& media) {
  return {.code = Code::kNotFound,
          .message = "The upload has parts 1 to " + std::to_string(part_count(media)) + "."};
}

Error incomplete(const Media& media, const std::vector<MediaPart>& parts) {
  constexpr int kNamed = 10;
  std::string missing;
  int count = 0;
  auto part = parts.begin();
  for (std::uint32_t number = 1; number <= part_count(media); ++number) {
    if (part != parts.end() && part->number == number) {
      ++part;
    } else if (++count <= kNamed) {
      missing += (missing.empty() ? "" : ", ") + std::to_string(number);
    }
  }
  if (count > kNamed) missing += " and " + std::to_string(count - kNamed) + " more";
  return {.code = Code::kUploadIncomplete, .message = "These parts are missing: " + missing + "."};
}

}  // namespace vigie::domain
