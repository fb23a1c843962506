#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/blob/blob_observation.hpp"
#include "server/domain/blob_store.hpp"

namespace vigie::blob {

/// A store whose operations are measured, traced and, when they fail, logged: once, for every
/// adapter.
class ObservedBlobStore final : public domain::BlobStore {
 public:
  /// `name` is the store's in the catalogue.
  ObservedBlobStore(domain::BlobStore& inner, telemetry::Metrics& metrics, telemetry::Log& log,
                    std::string_view name);

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
  /// Passed on unmeasured: nothing is written or read.
  domain::Result<std::optional<std::uint64_t>> free_bytes(const domain::Context&) override;
  domain::Result<std::vector<Listed>> list(const domain::Context&, std::string_view prefix,
                                           std::string_view after, std::size_t limit) override;

 private:
  domain::BlobStore& inner_;
  BlobMetrics metrics_;
  const Instruments instruments_;
};

}  // namespace vigie::blob
