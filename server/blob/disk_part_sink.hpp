#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "server/blob/disk_upload.hpp"
#include "server/blob/pending_work.hpp"
#include "server/domain/blob_store.hpp"

namespace vigie::blob {

/// Writes one part: a buffer is filled on the fiber while the one before it is hashed and written
/// by the pool.
class DiskPartSink final : public domain::PartSink {
 public:
  /// Opens the upload, locks the part's range and strikes out what was there.
  static domain::Result<std::unique_ptr<domain::PartSink>> begin(
      net::CpuPool& pool, const std::shared_ptr<DiskLayout>& layout, const domain::Context& context,
      const domain::PartPlace& place);

  ~DiskPartSink() override;
  DiskPartSink(const DiskPartSink&) = delete;
  DiskPartSink& operator=(const DiskPartSink&) = delete;

  domain::Result<void> write(std::string_view bytes) override;
  domain::Result<domain::PartReceipt> commit() override;

 private:
  struct Part;
  DiskPartSink(net::CpuPool& pool, std::shared_ptr<Part> part, net::TimePoint deadline);
  domain::Result<void> hand_over();
  void begin_buffer();
  domain::Result<void> fail(domain::Error error);
  void give_back();

  net::CpuPool& pool_;
  std::shared_ptr<Part> part_;  // shared with the work on the pool, which may end later
  const net::TimePoint deadline_;
  std::uint64_t taken_bytes_ = 0;
  std::size_t buffer_bytes_;
  net::TimePoint buffer_begun_at_;
  std::string buffer_;
  PendingWork writing_;
  std::optional<domain::Error> failure_;  // of the first call that failed: of all after it
};

}  // namespace vigie::blob
