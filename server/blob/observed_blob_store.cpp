#include "server/blob/observed_blob_store.hpp"

#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace vigie::blob {

using domain::BlobKey;
using domain::Context;
using domain::Result;

namespace {

template <typename Outcome>
const domain::Error* error_of(const Outcome& outcome) {
  return outcome ? nullptr : &outcome.error();
}

/// Counts the call's time.
template <typename Call>
std::invoke_result_t<Call> timed(BlobObservation& observation, Call call) {
  observation.resume();
  auto outcome = call();
  observation.pause();
  return outcome;
}

/// The call is the whole operation.
template <typename Call>
std::invoke_result_t<Call> observed(BlobObservation&& observation, Call call) {
  auto outcome = timed(observation, call);
  observation.end(error_of(outcome));
  return outcome;
}

/// A part from its beginning to its commit. The wait for the client in between is not the store's.
class ObservedSink final : public domain::PartSink {
 public:
  ObservedSink(const Instruments& instruments, const Context& context,
               const domain::PartPlace& place)
      : observation_(instruments, context, Operation::kWritePart, place.upload) {}

  Result<void> begin(domain::BlobStore& store, const Context& context,
                     const domain::PartPlace& place) {
    auto sink = timed(observation_, [&] { return store.write_part(context, place); });
    if (!sink) return failed(std::move(sink).error());
    inner_ = *std::move(sink);
    return {};
  }
  Result<void> write(std::string_view bytes) override {
    auto written = timed(observation_, [&] { return inner_->write(bytes); });
    return written ? std::move(written) : failed(std::move(written).error());
  }
  Result<domain::PartReceipt> commit() override {
    auto receipt = timed(observation_, [&] { return inner_->commit(); });
    if (!receipt) return failed(std::move(receipt).error()).error();
    observation_.end(nullptr);
    return receipt;
  }

 private:
  /// The first failure is the operation's; those after it repeat it.
  Result<void> failed(domain::Error error) {
    if (!std::exchange(has_failed_, true)) observation_.end(&error);
    return error;
  }

  BlobObservation observation_;
  std::unique_ptr<domain::PartSink> inner_;
  bool has_failed_ = false;
};

/// A reading that breaks off after it was opened is a failure of its own.
class ObservedSource final : public domain::BlobSource {
 public:
  ObservedSource(const Instruments& instruments, const Context& context, BlobKey key,
                 std::unique_ptr<domain::BlobSource> inner)
      : instruments_(instruments),
        context_(context),
        key_(std::move(key)),
        inner_(std::move(inner)) {}

  Result<std::string_view> next() override {
    auto bytes = inner_->next();
    if (!bytes) {
      BlobObservation(instruments_, context_, Operation::kOpen, key_).end(&bytes.error());
    }
    return bytes;
  }

 private:
  const Instruments& instruments_;
  const Context context_;
  const BlobKey key_;
  std::unique_ptr<domain::BlobSource> inner_;
};

}  // namespace

ObservedBlobStore::ObservedBlobStore(domain::BlobStore& inner, telemetry::Metrics& metrics,
                                     telemetry::Log& log, std::string_view name)
    : inner_(inner), metrics_(metrics, name), instruments_{log, metrics_, name} {}

Result<std::unique_ptr<domain::PartSink>> ObservedBlobStore::write_part(
    const Context& context, const domain::PartPlace& place) {
  auto sink = std::make_unique<ObservedSink>(instruments_, context, place);
  if (auto begun = sink->begin(inner_, context, place); !begun) return std::move(begun).error();
  return std::unique_ptr<domain::PartSink>(std::move(sink));
}

Result<domain::ContentHash> ObservedBlobStore::hash(const Context& context,
                                                    const domain::JoinPlan& plan) {
  return observed({instruments_, context, Operation::kHash, plan.upload},
                  [&] { return inner_.hash(context, plan); });
}

Result<void> ObservedBlobStore::join(const Context& context, const domain::JoinPlan& plan,
                                     const BlobKey& key) {
  return observed({instruments_, context, Operation::kJoin, key},
                  [&] { return inner_.join(context, plan, key); });
}

Result<void> ObservedBlobStore::abandon(const Context& context, const BlobKey& upload) {
  return observed({instruments_, context, Operation::kAbandon, upload},
                  [&] { return inner_.abandon(context, upload); });
}

Result<void> ObservedBlobStore::put(const Context& context, const BlobKey& key,
                                    std::string_view bytes) {
  return observed({instruments_, context, Operation::kPut, key},
                  [&] { return inner_.put(context, key, bytes); });
}

Result<std::optional<domain::BlobFacts>> ObservedBlobStore::find(const Context& context,
                                                                 const BlobKey& key) {
  return observed({instruments_, context, Operation::kFind, key},
                  [&] { return inner_.find(context, key); });
}

Result<domain::BlobContent> ObservedBlobStore::open(const Context& context, const BlobKey& key,
                                                    std::uint64_t offset, std::uint64_t length) {
  auto content = observed({instruments_, context, Operation::kOpen, key},
                          [&] { return inner_.open(context, key, offset, length); });
  if (!content) return content;
  auto* const source = std::get_if<std::unique_ptr<domain::BlobSource>>(&*content);
  if (source == nullptr) return content;
  return domain::BlobContent(
      std::make_unique<ObservedSource>(instruments_, context, key, std::move(*source)));
}

std::optional<std::string> ObservedBlobStore::read_url(const BlobKey& key,
                                                       domain::Timestamp expires_at) const {
  return inner_.read_url(key, expires_at);
}

Result<void> ObservedBlobStore::remove(const Context& context, const BlobKey& key) {
  return observed({instruments_, context, Operation::kRemove, key},
                  [&] { return inner_.remove(context, key); });
}

Result<std::optional<std::uint64_t>> ObservedBlobStore::free_bytes(const Context& context) {
  return inner_.free_bytes(context);
}

Result<std::vector<domain::BlobStore::Listed>> ObservedBlobStore::list(const Context& context,
                                                                       std::string_view prefix,
                                                                       std::string_view after,
                                                                       std::size_t limit) {
  return observed({instruments_, context, Operation::kList, prefix},
                  [&] { return inner_.list(context, prefix, after, limit); });
}

}  // namespace vigie::blob
