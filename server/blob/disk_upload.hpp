#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/blob/disk_layout.hpp"
#include "server/domain/blob_store.hpp"
#include "server/platform/core/descriptor.hpp"

namespace vigie::blob {

/// The files of one upload, open: `content`, where every part is written at its own place, so that
/// joining copies nothing, and `parts`, which says of each part which write of it was committed. A
/// part that is begun again is struck out before its bytes change: a receipt names the bytes that
/// it was given for, or nothing.
///
/// Locks belong to the open file (F_OFD_SETLK): they hold between threads and processes alike, and
/// end with this object or its process. All calls may block.
class DiskUpload {
 public:
  /// Nothing: there is no such upload.
  static domain::Result<std::optional<DiskUpload>> open(const DiskLayout& layout,
                                                        const domain::BlobKey& key);
  static domain::Result<DiskUpload> open_or_make(DiskLayout& layout, const domain::BlobKey& key);
  /// Unknown ones are no error. Who still writes to it writes to nothing.
  static domain::Result<void> remove(const DiskLayout& layout, const domain::BlobKey& key);

  /// What a lock is for: the whole, read or taken, or one part's range.
  enum class Use { kRead, kTake, kWrite };
  /// kUploadBusy: somebody else's lock is in the way. kNotFound: it was joined or abandoned since
  /// it was opened, and stays so.
  domain::Result<void> lock(Use use, const domain::PartPlace& place = {});

  /// Strikes out what was committed under that number or in that range, durably.
  domain::Result<void> strike_out(const domain::PartPlace& place);
  /// Makes the content durable, then the part. kNotFound: the upload was abandoned meanwhile.
  domain::Result<void> record(const domain::PartPlace& place, const domain::PartReceipt& receipt);
  /// Gives back the bytes of a range that was struck out. Needs its lock.
  domain::Result<void> give_back(const domain::PartPlace& place);
  /// The same of all that is in no part. Needs the lock to take it.
  domain::Result<void> trim();
  /// The bytes of the whole. kNotFound: a part is not there as its receipt says.
  domain::Result<std::uint64_t> check(const domain::JoinPlan& plan) const;
  /// Makes the content an object of so many bytes at `path`, durably, and forgets the upload. Needs
  /// the lock to take it.
  domain::Result<void> become(const std::string& path, std::uint64_t bytes);

  const core::Descriptor& content() const noexcept { return content_; }
  std::string content_path() const { return directory_ + "/content"; }

 private:
  DiskUpload(std::string directory, core::Descriptor content, core::Descriptor parts)
      : directory_(std::move(directory)), content_(std::move(content)), parts_(std::move(parts)) {}

  struct Record;
  std::string parts_path() const { return directory_ + "/parts"; }
  domain::Result<std::vector<Record>> records() const;
  domain::Result<void> write_record(std::uint32_t number, const Record& record);

  std::string directory_;
  core::Descriptor content_;
  core::Descriptor parts_;
};

}  // namespace vigie::blob
