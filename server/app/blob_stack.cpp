#include "server/app/blob_stack.hpp"

#include "server/blob/disk_blob_store.hpp"
#include "server/net/cpu_pool.hpp"

namespace vigie::app {

BlobStack::BlobStack(const Config& config)
    : pool_(net::make_cpu_pool("blob", static_cast<std::size_t>(config.blob_threads),
                               static_cast<std::size_t>(config.blob_queue_max))),
      store_(std::make_unique<blob::DiskBlobStore>(*pool_, config.blob_directory)) {}

}  // namespace vigie::app
