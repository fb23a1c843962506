#include "server/blob/disk_blob_store.hpp"
#include "tests/blob/blob_store_contract.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace vigie::blob::testing {
namespace {

class DiskWorld {
 public:
  domain::BlobStore& store() { return store_; }
  void run(const std::function<void()>& body) { reactors_.run(body); }
  void run_all(std::size_t count, const std::function<void(std::size_t)>& body) {
    reactors_.run_all(count, body);
  }

 private:
  fakes::TemporaryDirectory directory_;
  Reactors reactors_;
  DiskBlobStore store_{reactors_.pool(), (directory_.path() / "store").string()};
};

INSTANTIATE_TYPED_TEST_SUITE_P(Disk, BlobStoreContract, DiskWorld);

}  // namespace
}  // namespace vigie::blob::testing
