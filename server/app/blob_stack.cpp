#include "server/app/blob_stack.hpp"

#include "server/app/periodic.hpp"
#include "server/blob/disk_blob_store.hpp"
#include "server/net/cpu_pool.hpp"

namespace vigie::app {
namespace {

constexpr std::chrono::seconds kProbeTimeout{5};

constexpr std::string_view kDisk = "disk";

}  // namespace

BlobStack::BlobStack(const Config& config, telemetry::Telemetry& telemetry)
    : probe_interval_(config.blob_probe_interval_ms),
      pool_(net::make_cpu_pool("blob", static_cast<std::size_t>(config.blob_threads),
                               static_cast<std::size_t>(config.blob_queue_max))),
      store_(std::make_unique<blob::DiskBlobStore>(*pool_, config.blob_directory)),
      observed_(*store_, telemetry.metrics(), telemetry.log(), kDisk),
      // Not the observed one: an outage is told of once, and probes are no traffic.
      probe_(*store_, telemetry.metrics(), telemetry.log(), kDisk) {}

void BlobStack::watch(net::EventLoop& loop, std::function<void(const char*)> failed) {
  const auto probe = [this] {
    domain::Context context;
    context.deadline = std::chrono::steady_clock::now() + kProbeTimeout;
    probe_.probe(context);
  };
  run_periodically(loop, probe_interval_, probe, std::move(failed));
}

}  // namespace vigie::app
