#include "server/blob/disk_blob_store.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "server/blob/disk_listing.hpp"
#include "server/blob/disk_objects.hpp"
#include "server/blob/disk_part_sink.hpp"
#include "server/blob/file_calls.hpp"
#include "server/blob/key_faults.hpp"
#include "server/blob/offload.hpp"
#include "server/blob/patience.hpp"
#include "server/blob/sha256.hpp"

namespace vigie::blob {

using domain::BlobKey;
using domain::Context;
using domain::Error;
using domain::Result;

namespace {

constexpr std::size_t kReadBytes = std::size_t{256} * 1024;
/// Hashed in one go; then others get the thread, and the deadline is looked at.
constexpr std::uint64_t kSliceBytes = std::uint64_t{16} * 1024 * 1024;

/// The reading of an upload from its beginning to its end, under a lock.
struct Reading {
  explicit Reading(DiskUpload opened) : upload(std::move(opened)) {}

  Result<void> hash_slice() {
    const std::uint64_t end = std::min(total, at + kSliceBytes);
    buffer.resize(kReadBytes);
    while (at < end) {
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(kReadBytes, end - at));
      auto got = read_at(upload.content(), at, buffer.data(), count, upload.content_path());
      if (!got) return std::move(got).error();
      if (*got != count) return file_error("read", upload.content_path(), EIO);
      hash.update({buffer.data(), count});
      at += count;
    }
    return {};
  }

  DiskUpload upload;
  Sha256 hash;
  std::string buffer;
  std::uint64_t at = 0;
  std::uint64_t total = 0;
};

Result<std::shared_ptr<Reading>> begin_reading(const DiskLayout& layout,
                                               const domain::JoinPlan& plan) {
  auto upload = DiskUpload::open(layout, plan.upload);
  if (!upload) return std::move(upload).error();
  if (!*upload) {
    return Error{.code = domain::Code::kNotFound,
                 .message = "The upload is not there.",
                 .detail = "no upload " + plan.upload};
  }
  auto reading = std::make_shared<Reading>(std::move(**upload));
  auto locked = reading->upload.lock(DiskUpload::Use::kRead);
  if (!locked) return std::move(locked).error();
  auto total = reading->upload.check(plan);
  if (!total) return std::move(total).error();
  reading->total = *total;
  ::posix_fadvise(reading->upload.content().get(), 0, 0, POSIX_FADV_SEQUENTIAL);
  return reading;
}

constexpr std::string_view kUploads = "uploads/";

/// An upload that somebody writes to is left alone: what they leave, the next look finds.
Result<void> trim(const DiskLayout& layout, const BlobKey& key) {
  auto upload = DiskUpload::open(layout, key);
  if (!upload) return std::move(upload).error();
  if (!*upload || !(**upload).lock(DiskUpload::Use::kTake)) return {};
  return (**upload).trim();
}

/// When the upload is not there any more, whoever joined it has made the object.
Result<void> join_now(DiskLayout& layout, const domain::JoinPlan& plan, const BlobKey& key) {
  auto upload = DiskUpload::open(layout, plan.upload);
  if (!upload) return std::move(upload).error();
  auto locked = *upload ? (**upload).lock(DiskUpload::Use::kTake)
                        : Result<void>(Error{.code = domain::Code::kNotFound,
                                             .message = "The upload is not there.",
                                             .detail = "no upload " + plan.upload});
  if (!locked) {
    if (locked.error().code != domain::Code::kNotFound) return locked;
    const auto found = find_object(layout, key);
    if (!found) return found.error();
    return *found ? Result<void>() : locked;
  }
  const auto total = (**upload).check(plan);
  if (!total) return total.error();
  const std::string path = layout.object(key);
  if (auto made = layout.make_parent(path); !made) return made;
  return (**upload).become(path, *total);
}

}  // namespace

DiskBlobStore::DiskBlobStore(net::CpuPool& pool, std::string directory, HasContents has_contents)
    : pool_(pool),
      has_contents_(std::move(has_contents)),
      layout_(std::make_shared<DiskLayout>(std::move(directory))) {}

/// Done for each process once: a store that it knows is never begun again.
Result<void> DiskBlobStore::begin(const Context& context) {
  if (layout_->is_known()) return {};
  const auto is_there =
      offload(pool_, context.deadline, [layout = layout_] { return layout->find_store(); });
  if (!is_there) return is_there.error();
  if (*is_there) return {};
  const auto has_contents = has_contents_ ? has_contents_(context) : Result<bool>(false);
  if (!has_contents) return has_contents.error();
  if (*has_contents) {
    return Error{.code = domain::Code::kUnavailable,
                 .message = "The store of contents is not available.",
                 .detail = layout_->root() + " is no store, but the database knows of contents"};
  }
  return offload(pool_, context.deadline, [layout = layout_] { return layout->begin_store(); });
}

template <typename Work>
auto DiskBlobStore::on_store(const Context& context, Work work)
    -> std::invoke_result_t<Work, DiskLayout&> {
  if (auto begun = begin(context); !begun) return std::move(begun).error();
  return offload(pool_, context.deadline, [layout = layout_, work = std::move(work)]() mutable {
    auto done = work(*layout);
    if (auto checked = layout->check(); !checked) done = checked.error();
    return done;
  });
}

Result<std::unique_ptr<domain::PartSink>> DiskBlobStore::write_part(
    const Context& context, const domain::PartPlace& place) {
  if (auto fault = key_fault(place.upload)) return *fault;
  if (auto fault = part_fault(place)) return *fault;
  if (auto begun = begin(context); !begun) return std::move(begun).error();
  return while_busy(context.deadline,
                    [&] { return DiskPartSink::begin(pool_, layout_, context, place); });
}

Result<domain::ContentHash> DiskBlobStore::hash(const Context& context,
                                                const domain::JoinPlan& plan) {
  if (auto fault = key_fault(plan.upload)) return *fault;
  auto reading = while_busy(context.deadline, [&] {
    return on_store(context, [plan](DiskLayout& layout) { return begin_reading(layout, plan); });
  });
  if (!reading) return std::move(reading).error();
  while ((**reading).at < (**reading).total) {
    auto done =
        offload(pool_, context.deadline, [slice = *reading] { return slice->hash_slice(); });
    if (!done) return std::move(done).error();
  }
  return (**reading).hash.finish();
}

Result<void> DiskBlobStore::join(const Context& context, const domain::JoinPlan& plan,
                                 const BlobKey& key) {
  if (auto fault = key_fault(plan.upload)) return *fault;
  if (auto fault = key_fault(key)) return *fault;
  return while_busy(context.deadline, [&] {
    return on_store(context,
                    [plan, key](DiskLayout& layout) { return join_now(layout, plan, key); });
  });
}

Result<void> DiskBlobStore::abandon(const Context& context, const BlobKey& upload) {
  if (auto fault = key_fault(upload)) return *fault;
  return on_store(context,
                  [upload](DiskLayout& layout) { return DiskUpload::remove(layout, upload); });
}

Result<void> DiskBlobStore::put(const Context& context, const BlobKey& key,
                                std::string_view bytes) {
  if (auto fault = key_fault(key)) return *fault;
  return on_store(context, [key, copy = std::string(bytes)](DiskLayout& layout) {
    return put_object(layout, key, copy);
  });
}

Result<std::optional<domain::BlobFacts>> DiskBlobStore::find(const Context& context,
                                                             const BlobKey& key) {
  if (auto fault = key_fault(key)) return *fault;
  return on_store(context, [key](DiskLayout& layout) { return find_object(layout, key); });
}

Result<domain::BlobContent> DiskBlobStore::open(const Context& context, const BlobKey& key,
                                                std::uint64_t offset, std::uint64_t length) {
  if (auto fault = key_fault(key)) return *fault;
  auto file = on_store(context, [key, offset, length](DiskLayout& layout) {
    return open_object(layout, key, offset, length);
  });
  if (!file) return std::move(file).error();
  return domain::BlobContent(*std::move(file));
}

std::optional<std::string> DiskBlobStore::read_url(const BlobKey&, domain::Timestamp) const {
  return std::nullopt;
}

Result<void> DiskBlobStore::remove(const Context& context, const BlobKey& key) {
  if (auto fault = key_fault(key)) return *fault;
  return on_store(context, [key](DiskLayout& layout) { return remove_object(layout, key); });
}

Result<std::optional<std::uint64_t>> DiskBlobStore::free_bytes(const Context& context) {
  return on_store(context, [](DiskLayout& layout) -> Result<std::optional<std::uint64_t>> {
    const auto bytes = blob::free_bytes(layout.root());
    if (!bytes) return bytes.error();
    return std::optional(*bytes);
  });
}

Result<std::vector<domain::BlobStore::Listed>> DiskBlobStore::list(const Context& context,
                                                                   std::string_view prefix,
                                                                   std::string_view after,
                                                                   std::size_t limit) {
  ListingRequest request{std::string(prefix), std::string(after), limit};
  return on_store(context, [request](DiskLayout& layout) -> Result<std::vector<Listed>> {
    auto removed = remove_dead_temporaries(layout);
    if (!removed) return std::move(removed).error();
    auto listed = list_objects(layout, request);
    if (!listed) return listed;
    for (const Listed& each : *listed) {
      if (!each.key.starts_with(kUploads)) continue;
      if (auto trimmed = trim(layout, each.key); !trimmed) return std::move(trimmed).error();
    }
    return listed;
  });
}

}  // namespace vigie::blob
