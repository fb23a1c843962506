#pragma once

#include <cstdint>
#include <string>

#include "server/blob/azure_client.hpp"
#include "server/domain/blob_store.hpp"

namespace vigie::blob {

/// A range of a blob as it was at the first read, fetched in portions: a slow reader holds no
/// connection, and one portion is all that is in memory.
class AzureSource final : public domain::BlobSource {
 public:
  AzureSource(AzureClient& client, const domain::Context& context, domain::BlobKey key,
              std::uint64_t offset, std::uint64_t length);

  /// The first portion, before `next` is called: kNotFound, or that the range is not within it.
  domain::Result<void> begin();
  domain::Result<std::string_view> next() override;

 private:
  domain::Result<void> fetch();

  AzureClient& client_;
  const domain::Context context_;
  const domain::BlobKey key_;
  std::uint64_t offset_;
  std::uint64_t left_;
  std::string etag_;
  std::string portion_;
  bool is_fetched_ = false;
};

}  // namespace vigie::blob
