#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "server/app/config.hpp"
#include "server/blob/blob_probe.hpp"
#include "server/blob/observed_blob_store.hpp"
#include "server/net/waiting.hpp"
#include "telemetry/telemetry.hpp"

namespace vigie::app {

/// The store of contents that the configuration names, observed, and the threads that it works
/// with: for every process that reads or writes contents.
class BlobStack {
 public:
  /// `room` learns what the store has free.
  BlobStack(const Config& config, const domain::Clock& clock, domain::StorageRoom& room,
            telemetry::Telemetry& telemetry);

  /// Who knows whether there should be contents in the store; before it is used.
  void ask(std::function<domain::Result<bool>(const domain::Context&)> has_contents);
  domain::BlobStore& store() noexcept { return observed_; }
  net::CpuPool& pool() noexcept { return *pool_; }
  /// Probes the store now and then on `loop`.
  void watch(net::EventLoop& loop, std::function<void(const char*)> failed);

 private:
  const std::chrono::milliseconds probe_interval_;
  std::unique_ptr<net::CpuPool> pool_;
  std::function<domain::Result<bool>(const domain::Context&)> has_contents_;
  std::unique_ptr<domain::BlobStore> store_;
  blob::ObservedBlobStore observed_;
  blob::BlobProbe probe_;
};

}  // namespace vigie::app
