#pragma once

#include <memory>

#include "server/app/config.hpp"
#include "server/domain/blob_store.hpp"
#include "server/net/waiting.hpp"

namespace vigie::app {

/// The store of contents that the configuration names, and the threads that it works with: for
/// every process that reads or writes contents.
class BlobStack {
 public:
  explicit BlobStack(const Config& config);

  domain::BlobStore& store() noexcept { return *store_; }
  net::CpuPool& pool() noexcept { return *pool_; }

 private:
  std::unique_ptr<net::CpuPool> pool_;
  std::unique_ptr<domain::BlobStore> store_;
};

}  // namespace vigie::app
