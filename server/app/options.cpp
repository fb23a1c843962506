#include "server/app/options.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "server/app/processors.hpp"
#include "telemetry/catalogue/metrics.hpp"

namespace vigie::app {
namespace {

/// Bounds were checked when the setting was read.
std::size_t size(std::int64_t value) { return static_cast<std::size_t>(value); }

std::chrono::seconds whole_seconds(std::chrono::milliseconds time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time);
}

net::Limits public_limits(const Config& config) {
  net::Limits limits;
  limits.target_bytes_max = size(config.http_uri_bytes_max);
  limits.header_bytes_max = size(config.http_header_bytes_max);
  limits.header_count_max = size(config.http_header_count_max);
  limits.header_time_max = config.http_header_timeout_ms;
  limits.body_rate_min = size(config.http_body_rate_bytes_per_second_min);
  limits.body_rate_window = config.http_body_rate_grace_ms;
  limits.connections_max = size(config.http_connections_max);
  limits.connections_per_address_max = size(config.http_connections_per_address_max);
  limits.requests_in_flight_max = size(config.http_requests_in_flight_max);
  limits.requests_per_address_max = size(config.http_requests_per_address_max);
  limits.requests_per_account_max = size(config.http_requests_per_account_max);
  limits.streams_max = size(config.http_streams_max);
  limits.streams_per_address_max = size(config.http_streams_per_address_max);
  limits.streams_per_account_max = size(config.http_streams_per_account_max);
  limits.idle_time_max = config.http_idle_timeout_ms;
  limits.write_stall_max = config.http_write_stall_timeout_ms;
  limits.write_rate_min = size(config.http_write_rate_bytes_per_second_min);
  limits.write_rate_window = config.http_write_rate_grace_ms;
  limits.write_queue_high_water_bytes = size(config.http_write_queue_bytes_max);
  limits.write_queue_low_water_bytes = limits.write_queue_high_water_bytes / 4;
  return limits;
}

/// One for each processor, as far as the connections of each go. Probes, the listener, the leader's
/// lock and the backup have connections of their own.
std::size_t reactors_for(const Config& config) {
  constexpr std::int64_t kOtherConnections = 4;
  const std::int64_t each = config.database_shared_connections + config.database_leased_connections;
  const std::int64_t most = (config.database_connections_max - kOtherConnections) / each;
  return std::min(usable_processors(), size(std::max<std::int64_t>(most, 1)));
}

http::TrustedProxies trusted_proxies(const Config& config) {
  std::vector<std::string> faults;  // none: the start-up has looked
  return http::TrustedProxies::parse(config.http_trusted_proxies, faults);
}

http::AddressRanges tracing_callers(const Config& config) {
  std::vector<std::string> faults;  // none, likewise
  return http::AddressRanges::parse(config.http_tracing_callers, faults);
}

}  // namespace

net::RuntimeOptions public_runtime_options(const Config& config) {
  return {.reactor_count = config.reactors == 0 ? reactors_for(config) : size(config.reactors),
          .fibers_max_per_reactor = size(config.fibers_max),
          .fiber_stack_bytes = size(config.fiber_stack_bytes),
          .name = "reactor"};
}

net::RuntimeOptions admin_runtime_options() {
  constexpr std::size_t kFibersMax = 64;
  return {.reactor_count = 1, .fibers_max_per_reactor = kFibersMax, .name = "admin"};
}

net::ServerOptions public_server_options(const Config& config) {
  return {.address = config.http_address,
          .port = static_cast<std::uint16_t>(config.http_port),
          .backlog = static_cast<int>(config.http_backlog),
          .reuse_port = config.http_reuse_port,
          .limits = public_limits(config),
          .is_proxy = [proxies = trusted_proxies(config)](std::string_view address) {
            return proxies.has(address);
          }};
}

net::ServerOptions admin_server_options(const Config& config) {
  return {.address = config.admin_address, .port = static_cast<std::uint16_t>(config.admin_port)};
}

std::vector<std::reference_wrapper<net::EventLoop>> loops_of(net::Runtime& runtime) {
  std::vector<std::reference_wrapper<net::EventLoop>> loops;
  for (std::size_t index = 0; index < runtime.size(); ++index) {
    loops.emplace_back(runtime.loop(index));
  }
  return loops;
}

storage::DatabaseOptions database_options(const Config& config) {
  storage::DatabaseOptions options;
  options.conninfo = config.database_url;
  options.shared_connections = size(config.database_shared_connections);
  options.leased_connections = size(config.database_leased_connections);
  options.leased_per_caller_max = config.database_leased_per_caller_max > 0
                                      ? size(config.database_leased_per_caller_max)
                                      : storage::half_of(options.leased_connections);
  options.lease_waiters_per_caller_max = size(config.database_waiting_per_caller_max);
  options.connect_timeout = config.database_connect_timeout_ms;
  options.statement_timeout = config.database_statement_timeout_ms;
  options.shared_statement_timeout = config.database_shared_statement_timeout_ms;
  return options;
}

auth::TokenSettings token_settings(const Config& config) {
  return {.issuer = config.token_issuer, .audience = config.token_audience};
}

auth::Argon2Cost argon2_cost(const Config& config) {
  return {.memory_kib = static_cast<std::uint32_t>(config.argon2_memory_kib),
          .passes = static_cast<std::uint32_t>(config.argon2_passes)};
}

domain::SharePool::Limits password_shares(const Config& config) {
  return {.places = size(config.password_queue_max + config.password_threads),
          .per_account = size(config.password_per_address_max),
          .per_address = size(config.password_per_address_max)};
}

domain::ResetLimits reset_limits(const Config& config) {
  return {.lifetime = whole_seconds(config.password_reset_lifetime_ms)};
}

domain::SessionLifetimes session_lifetimes(const Config& config) {
  return {.access = whole_seconds(config.access_token_lifetime_ms),
          .refresh = whole_seconds(config.refresh_token_lifetime_ms),
          .repeat = whole_seconds(config.refresh_token_repeat_ms)};
}

domain::MediaLimits media_limits(const Config& config) {
  return {.part_bytes_min = size(config.media_part_bytes_min),
          .part_bytes_max = size(config.media_part_bytes_max),
          .bytes_max = size(config.media_bytes_max),
          .quota_bytes = size(config.media_quota_bytes),
          .upload_lifetime = config.media_upload_lifetime_ms,
          .purge_after = config.media_purge_after_ms};
}

http::ApiOptions api_options(const Config& config) {
  return {
      .requests_per_second = config.rate_limit_requests_per_second,
      .requests_burst = config.rate_limit_burst,
      .requests_per_address_per_second = config.rate_limit_address_requests_per_second,
      .requests_per_address_burst = config.rate_limit_address_burst,
      .sign_ins_per_minute = config.login_rate_limit_per_minute,
      .sign_ins_per_address_per_minute = config.login_rate_limit_per_address_per_minute,
      .registrations_per_address_per_minute = config.registration_rate_limit_per_address_per_minute,
      .idempotency_lifetime = config.idempotency_lifetime_ms,
      .idempotency_answers_per_caller_max = config.idempotency_answers_per_caller_max,
      .body_bytes_max = size(config.http_body_bytes_max),
      .part_bytes_max = size(config.media_part_bytes_max),
      .body_rate_min = size(config.http_body_rate_bytes_per_second_min),
      .body_time_max = config.http_body_time_max_ms,
      .delivery = {.redirects = config.media_redirect,
                   .rate_min = size(config.http_write_rate_bytes_per_second_min)},
      .request_deadline = config.http_request_deadline_ms,
      .trusted_proxies = trusted_proxies(config),
      .tracing_callers = tracing_callers(config)};
}

preview::PreviewOptions preview_options(const Config& config) {
  const auto own = std::filesystem::read_symlink("/proc/self/exe");
  return {.program = own.parent_path() / "vigie-preview",
          .memory_bytes_max = static_cast<std::uint64_t>(config.preview_memory_bytes_max),
          .timeout = config.preview_timeout_ms};
}

telemetry::TelemetryConfig silent_telemetry() {
  telemetry::TelemetryConfig config;
  config.metrics = telemetry::metrics::kAll;
  telemetry::switch_off(config);
  return config;
}

}  // namespace vigie::app
