#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/blob/azure_options.hpp"
#include "server/domain/blob_store.hpp"
#include "server/net/waiting.hpp"

namespace vigie::blob {

/// Objects as block blobs of one container of Azure Blob Storage (decision 26). Requests are made
/// by the pool, each bounded in time; a content is never in memory as a whole.
class AzureBlobStore final : public domain::BlobStore {
 public:
  AzureBlobStore(net::CpuPool& pool, const domain::Clock& clock, AzureOptions options);
  ~AzureBlobStore() override;

  domain::Result<std::unique_ptr<domain::PartSink>> write_part(const domain::Context&,
                                                               const domain::PartPlace&) override;
  /// Commits the upload's blocks for the time being, to read them: those that no receipt names too.
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
  domain::Result<std::optional<std::uint64_t>> free_bytes(const domain::Context&) override;
  domain::Result<std::vector<Listed>> list(const domain::Context&, std::string_view prefix,
                                           std::string_view after, std::size_t limit) override;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace vigie::blob
