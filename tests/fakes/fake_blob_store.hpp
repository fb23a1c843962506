#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/crypto/hmac.hpp"
#include "server/domain/blob_store.hpp"
#include "tests/fakes/blob_contents.hpp"
#include "tests/fakes/fault_switch.hpp"

namespace vigie::fakes {

inline domain::ContentHash hash_of(std::string_view bytes) { return {crypto::sha256(bytes)}; }

/// Objects in memory. As careless as the port allows: a part that is written again is lost with the
/// first byte, whatever comes of it. Thread-safe.
class FakeBlobStore : public domain::BlobStore, public FaultSwitch {
 public:
  domain::Result<std::unique_ptr<domain::PartSink>> write_part(
      const domain::Context& context, const domain::PartPlace& place) override {
    if (auto error = fault(context)) return *error;
    return std::unique_ptr<domain::PartSink>(std::make_unique<Sink>(*this, place));
  }

  domain::Result<domain::ContentHash> hash(const domain::Context& context,
                                           const domain::JoinPlan& plan) override {
    if (auto error = fault(context)) return *error;
    auto whole = joined(plan);
    if (!whole) return std::move(whole).error();
    const std::lock_guard lock(mutex_);
    ++hash_count_;
    return hash_of(*whole);
  }

  domain::Result<void> join(const domain::Context& context, const domain::JoinPlan& plan,
                            const domain::BlobKey& key) override {
    if (auto error = fault(context)) return *error;
    auto whole = joined(plan);
    const std::lock_guard lock(mutex_);
    if (!whole && objects_.contains(key) && !uploads_.contains(plan.upload)) return {};
    if (!whole) return std::move(whole).error();
    objects_[key] = *std::move(whole);
    uploads_.erase(plan.upload);
    ++join_count_;
    return {};
  }

  domain::Result<void> abandon(const domain::Context& context,
                               const domain::BlobKey& upload) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    uploads_.erase(upload);
    return {};
  }

  domain::Result<void> put(const domain::Context& context, const domain::BlobKey& key,
                           std::string_view bytes) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    objects_[key] = std::string(bytes);
    return {};
  }

  domain::Result<std::optional<domain::BlobFacts>> find(const domain::Context& context,
                                                        const domain::BlobKey& key) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(key);
    if (found == objects_.end()) return std::optional<domain::BlobFacts>{};
    return std::optional(domain::BlobFacts{.bytes = found->second.size(), .modified_at = {}});
  }

  domain::Result<domain::BlobContent> open(const domain::Context& context,
                                           const domain::BlobKey& key, std::uint64_t offset,
                                           std::uint64_t length) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(key);
    if (found == objects_.end()) return missing();
    if (has_files_) return in_file(found->second);
    return in_pieces(found->second.substr(offset, length));
  }

  std::optional<std::string> read_url(const domain::BlobKey& key,
                                      domain::Timestamp /*expires_at*/) const override {
    if (!has_urls_) return std::nullopt;
    return "https://store.example/" + key + "?signed";
  }

  domain::Result<void> remove(const domain::Context& context, const domain::BlobKey& key) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    objects_.erase(key);
    return {};
  }

  domain::Result<std::optional<std::uint64_t>> free_bytes(const domain::Context& context) override {
    if (auto error = fault(context)) return *error;
    return std::optional<std::uint64_t>{};
  }

  domain::Result<std::vector<Listed>> list(const domain::Context& context, std::string_view prefix,
                                           std::string_view after, std::size_t limit) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    std::map<domain::BlobKey, std::uint64_t> all;
    for (const auto& [key, bytes] : objects_) all[key] = bytes.size();
    for (const auto& [key, parts] : uploads_) all[key] = parts.size();
    std::vector<Listed> found;
    for (const auto& [key, bytes] : all) {
      const bool is_wanted = key.starts_with(prefix) && key > after && found.size() < limit;
      if (is_wanted) found.push_back({key, {.bytes = bytes, .modified_at = {}}});
    }
    return found;
  }

  /// For tests: contents come as files, as from a local disk, and not as streams.
  void use_files(bool has_files) { has_files_ = has_files; }
  /// For tests: there are URLs to read from, as of a store elsewhere.
  void use_urls(bool has_urls) { has_urls_ = has_urls; }
  /// Of objects and uploads.
  std::vector<domain::BlobKey> keys() {
    std::vector<domain::BlobKey> keys;
    const auto listed = list({}, "", "", 1'000);
    for (const Listed& object : *listed) keys.push_back(object.key);
    return keys;
  }
  bool has(const domain::BlobKey& key) const {
    const std::lock_guard lock(mutex_);
    return objects_.contains(key);
  }
  int join_count() const {
    const std::lock_guard lock(mutex_);
    return join_count_;
  }
  int hash_count() const {
    const std::lock_guard lock(mutex_);
    return hash_count_;
  }

 private:
  class Sink : public domain::PartSink {
   public:
    Sink(FakeBlobStore& store, domain::PartPlace place) : store_(store), place_(std::move(place)) {}
    domain::Result<void> write(std::string_view bytes) override {
      if (bytes_.empty()) store_.lose(place_);
      bytes_ += bytes;
      return {};
    }
    domain::Result<domain::PartReceipt> commit() override {
      if (auto error = store_.fault({})) return *error;
      store_.keep(place_, bytes_);
      return domain::PartReceipt{.bytes = bytes_.size(),
                                 .hash = hash_of(bytes_),
                                 .token = "part-" + std::to_string(place_.number)};
    }

   private:
    FakeBlobStore& store_;
    domain::PartPlace place_;
    std::string bytes_;
  };

  static domain::Error missing() {
    return {.code = domain::Code::kNotFound, .message = "There is no such object."};
  }
  void lose(const domain::PartPlace& place) {
    const std::lock_guard lock(mutex_);
    uploads_[place.upload].erase(place.number);
  }
  void keep(const domain::PartPlace& place, const std::string& bytes) {
    const std::lock_guard lock(mutex_);
    uploads_[place.upload][place.number] = bytes;
  }
  domain::Result<std::string> joined(const domain::JoinPlan& plan) const {
    const std::lock_guard lock(mutex_);
    const auto upload = uploads_.find(plan.upload);
    if (upload == uploads_.end()) return missing();
    std::string whole;
    for (std::uint32_t number = 1; number <= plan.parts.size(); ++number) {
      const auto part = upload->second.find(number);
      if (part == upload->second.end()) return missing();
      whole += part->second;
    }
    return whole;
  }

  mutable std::mutex mutex_;
  std::map<domain::BlobKey, std::string> objects_;  // guarded by mutex_
  // guarded by mutex_
  std::map<domain::BlobKey, std::map<std::uint32_t, std::string>> uploads_;
  bool has_files_ = false;
  bool has_urls_ = false;
  int join_count_ = 0;  // guarded by mutex_
  int hash_count_ = 0;  // guarded by mutex_
};

}  // namespace vigie::fakes
