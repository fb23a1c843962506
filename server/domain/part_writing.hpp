#pragma once

#include <cstdint>
#include <string_view>

#include "server/domain/blob_store.hpp"
#include "server/domain/media.hpp"
#include "server/domain/media_uploads.hpp"
#include "server/domain/result.hpp"

namespace vigie::domain {

/// A content out of which several parts are written, one after the other. Used on one fiber.
class SharedSource {
 public:
  explicit SharedSource(BlobSource& source) : source_(source) {}

  /// At most so many of the next bytes; empty at the end.
  Result<std::string_view> take(std::uint64_t bytes_max);
  /// kChecksumMismatch when there is more.
  Result<void> is_at_end();
  /// Its bytes could not be read: whoever sends them may be gone, and come back.
  bool has_failed() const noexcept { return has_failed_; }

 private:
  BlobSource& source_;
  bool has_failed_ = false;
  std::string_view rest_;  // a view of what the source gave last, until it is asked again
};

/// So many bytes of a shared source, as if they were all.
class PortionSource : public BlobSource {
 public:
  PortionSource(SharedSource& source, std::uint64_t bytes) : source_(source), left_(bytes) {}
  Result<std::string_view> next() override;

 private:
  SharedSource& source_;
  std::uint64_t left_;
};

/// kChecksumMismatch that names both lengths.
Error wrong_length(const PartPlace& place, std::uint64_t bytes);

/// Writes the content into its place, of which `sink` is, durably. kChecksumMismatch when it is not
/// as long as the place, or not what its hash says: then it does not count.
Result<MediaPart> write_all(PartSink& sink, const PartPlace& place, const UploadContent& content);

}  // namespace vigie::domain
