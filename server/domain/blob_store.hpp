#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/domain/clock.hpp"
#include "server/domain/content_hash.hpp"
#include "server/domain/context.hpp"
#include "server/domain/result.hpp"
#include "server/platform/core/descriptor.hpp"

namespace vigie::domain {

/// Name of a stored object: segments of [a-z0-9._-] that do not begin with '.', joined by '/', 200
/// bytes at most. Never made of what a client sends.
using BlobKey = std::string;

struct BlobFacts {
  std::uint64_t bytes = 0;
  Timestamp modified_at{};
};

/// Bytes of an object as they arrive. Used on one fiber.
class BlobSource {
 public:
  virtual ~BlobSource() = default;
  /// The next bytes, waiting for them; empty at the end. The view is valid until the next call.
  virtual Result<std::string_view> next() = 0;
};

/// How an object's bytes are had: from a local file, open for reading (for sendfile(2)), or from a
/// store elsewhere.
using BlobContent = std::variant<core::Descriptor, std::unique_ptr<BlobSource>>;

/// What the store has of one part that was written; the caller keeps it until the parts are joined.
struct PartReceipt {
  std::uint64_t bytes = 0;
  ContentHash hash;
  /// The store's own name for it, at most 200 visible ASCII characters.
  std::string token;
};

/// Takes the bytes of one part. Destroyed without `commit`: the part does not count. Used on one
/// fiber; memory is bounded whatever the part's size.
class PartSink {
 public:
  virtual ~PartSink() = default;
  virtual Result<void> write(std::string_view bytes) = 0;
  /// After it the part survives a crash of the process and of the machine.
  virtual Result<PartReceipt> commit() = 0;
};

/// Which part of what is to become one object.
struct PartPlace {
  /// Of the whole: a key that no object has, "uploads/<id>".
  BlobKey upload;
  std::uint32_t number = 1;
  /// Of the part's first byte in the whole.
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

/// What `join` needs: the receipts in order, from part 1, without a gap.
struct JoinPlan {
  BlobKey upload;
  std::vector<PartReceipt> parts;
};

/// Port: bytes by key. Calls wait until `context.deadline`. A store that cannot be reached or does
/// not answer as it should fails with kUnavailable, one without room for what is written with
/// kStorageFull; `detail` says how, in log and span. Thread-safe. One contract suite
/// (tests/blob/blob_store_contract.hpp) runs against every adapter.
class BlobStore {
 public:
  virtual ~BlobStore() = default;

  /// Begins one part, or begins it again. Two writers of the same part: the later one gets
  /// kUploadBusy, or both succeed and each receipt names its own bytes.
  virtual Result<std::unique_ptr<PartSink>> write_part(const Context&, const PartPlace&) = 0;
  /// Computes the hash of all parts as one content. kUploadBusy while a part is being written;
  /// kNotFound when a part that a receipt names is not there.
  virtual Result<ContentHash> hash(const Context&, const JoinPlan&) = 0;
  /// Makes the parts one object, durably. Replaces an object of that key; when `key` is there and
  /// the upload is not any more, that is success: a second call finds the first one's work.
  virtual Result<void> join(const Context&, const JoinPlan&, const BlobKey& key) = 0;
  /// Forgets an upload and its parts. Unknown ones are no error.
  virtual Result<void> abandon(const Context&, const BlobKey& upload) = 0;

  /// A small object (previews) in one call, durably; replaces an object of that key.
  virtual Result<void> put(const Context&, const BlobKey& key, std::string_view bytes) = 0;
  virtual Result<std::optional<BlobFacts>> find(const Context&, const BlobKey& key) = 0;
  /// `length` bytes from `offset`; both lie within the object. kNotFound when there is none.
  virtual Result<BlobContent> open(const Context&, const BlobKey& key, std::uint64_t offset,
                                   std::uint64_t length) = 0;
  /// A URL that reads the object until `expires_at`; nothing: this store is read through us.
  virtual std::optional<std::string> read_url(const BlobKey& key, Timestamp expires_at) const = 0;
  /// Unknown keys are no error.
  virtual Result<void> remove(const Context&, const BlobKey& key) = 0;

  /// What can still be written; nothing: a store elsewhere, which has no such end.
  virtual Result<std::optional<std::uint64_t>> free_bytes(const Context&) = 0;

  struct Listed {
    BlobKey key;
    BlobFacts facts;
  };
  /// Objects and uploads whose key begins with `prefix` and comes after `after`, in order of key,
  /// at most `limit`: for the sweeper.
  virtual Result<std::vector<Listed>> list(const Context&, std::string_view prefix,
                                           std::string_view after, std::size_t limit) = 0;
};

}  // namespace vigie::domain
