#pragma once

#include <memory>
#include <string>

#include "server/domain/blob_store.hpp"
#include "server/net/waiting.hpp"

namespace vigie::blob {

class DiskLayout;

/// Objects as files of a local directory (decision 26). Everything that touches the disk, and all
/// hashing, is done by the pool. Several processes may share the directory.
class DiskBlobStore final : public domain::BlobStore {
 public:
  /// The directory is made when it is first written to.
  DiskBlobStore(net::CpuPool& pool, std::string directory);

  domain::Result<std::unique_ptr<domain::PartSink>> write_part(const domain::Context&,
                                                               const domain::PartPlace&) override;
  domain::Result<domain::ContentHash> hash(const domain::Context&,
                                           const domain::JoinPlan&) override;
  domain::Result<void> join(const domain::Context&, const domain::JoinPlan&,
                            const domain::BlobKey& key) override;
  domain::Result<void> abandon(const domain::Context&, const domain::BlobKey& upload) override;
  domain::Result<void> put(const domain::Context&, const domain::BlobKey& key,
                           std::string_view bytes) override;
  domain::Result<std::optional<domain::BlobFacts>> find(const domain::Context&,
                                                        const domain::BlobKey& key) override;
  domain::Result<domain::BlobContent> open(const domain::Context&, const domain::BlobKey& key,
                                           std::uint64_t offset, std::uint64_t length) override;
  std::optional<std::string> read_url(const domain::BlobKey& key,
                                      domain::Timestamp expires_at) const override;
  domain::Result<void> remove(const domain::Context&, const domain::BlobKey& key) override;
  /// Also removes what a killed process has left in temporary/.
  domain::Result<std::vector<Listed>> list(const domain::Context&, std::string_view prefix,
                                           std::string_view after, std::size_t limit) override;

 private:
  net::CpuPool& pool_;
  std::shared_ptr<DiskLayout> layout_;  // shared with work whose caller has left
};

}  // namespace vigie::blob
