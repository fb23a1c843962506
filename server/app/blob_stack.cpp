#include "server/app/blob_stack.hpp"

#include <chrono>
#include <string_view>
#include <utility>

#include "server/app/files.hpp"
#include "server/app/periodic.hpp"
#include "server/blob/azure_blob_store.hpp"
#include "server/blob/disk_blob_store.hpp"
#include "server/net/cpu_pool.hpp"

namespace vigie::app {
namespace {

constexpr std::chrono::seconds kProbeTimeout{5};

bool is_azure(const Config& config) { return config.blob_store == "azure"; }

/// As the catalogue has it.
std::string_view name_of_store(const Config& config) { return is_azure(config) ? "azure" : "disk"; }

std::unique_ptr<domain::BlobStore> make_store(const Config& config, net::CpuPool& pool,
                                              const domain::Clock& clock,
                                              blob::DiskBlobStore::HasContents has_contents) {
  if (!is_azure(config)) {
    return std::make_unique<blob::DiskBlobStore>(pool, config.blob_directory,
                                                 std::move(has_contents));
  }
  blob::AzureOptions options{.endpoint = config.blob_azure_endpoint,
                             .account = config.blob_azure_account,
                             .container = config.blob_azure_container,
                             .key = read_azure_key(config),
                             .request_timeout = config.blob_azure_timeout_ms};
  while (options.endpoint.ends_with('/')) options.endpoint.pop_back();
  return std::make_unique<blob::AzureBlobStore>(pool, clock, std::move(options));
}

}  // namespace

BlobStack::BlobStack(const Config& config, const domain::Clock& clock, domain::StorageRoom& room,
                     telemetry::Telemetry& telemetry)
    : probe_interval_(config.blob_probe_interval_ms),
      pool_(net::make_cpu_pool("blob", static_cast<std::size_t>(config.blob_threads),
                               static_cast<std::size_t>(config.blob_queue_max))),
      store_(make_store(config, *pool_, clock,
                        [this](const domain::Context& context) {
                          return has_contents_ ? has_contents_(context) : false;
                        })),
      observed_(*store_, telemetry.metrics(), telemetry.log(), name_of_store(config)),
      // Not the observed one: an outage is told of once, and probes are no traffic.
      probe_(*store_, room, telemetry.metrics(), telemetry.log(), name_of_store(config)) {}

void BlobStack::ask(std::function<domain::Result<bool>(const domain::Context&)> has_contents) {
  has_contents_ = std::move(has_contents);
}

void BlobStack::watch(net::EventLoop& loop, std::function<void(const char*)> failed) {
  const auto probe = [this] {
    domain::Context context;
    context.deadline = std::chrono::steady_clock::now() + kProbeTimeout;
    probe_.probe(context);
  };
  run_periodically(loop, probe_interval_, probe, std::move(failed));
}

}  // namespace vigie::app
