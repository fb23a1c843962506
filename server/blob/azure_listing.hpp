#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "server/blob/azure_client.hpp"
#include "server/domain/blob_store.hpp"

namespace vigie::blob {

/// One page of List Blobs.
struct AzurePage {
  std::vector<domain::BlobStore::Listed> blobs;
  std::string next_marker;
};

/// Reads the XML of an answer. Blobs whose name is no key are left out; one without a time, since
/// it is not committed yet, is as young as can be.
AzurePage parse_page(std::string_view xml, domain::Timestamp now);

/// Lists by key what the service lists by marker. The marker of the last page is kept for whoever
/// asks for the next one; who asks for another place is led there from the beginning. Thread-safe.
class AzureListing {
 public:
  AzureListing(AzureClient& client, const domain::Clock& clock) : client_(client), clock_(clock) {}

  domain::Result<std::vector<domain::BlobStore::Listed>> list(const domain::Context& context,
                                                              std::string_view prefix,
                                                              std::string_view after,
                                                              std::size_t limit);

 private:
  domain::Result<AzurePage> page(const domain::Context& context, std::string_view prefix,
                                 const std::string& marker, std::size_t limit);
  std::string marker_after(std::string_view prefix, std::string_view after);
  void keep(std::string_view prefix, std::string_view after, std::string marker);

  AzureClient& client_;
  const domain::Clock& clock_;
  std::mutex mutex_;
  // Guarded by mutex_: where the page after `after_` begins.
  std::string prefix_;
  std::string after_;
  std::string marker_;
};

}  // namespace vigie::blob
