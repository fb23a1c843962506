#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/config.hpp"

namespace vigie::app {

/// Every setting of the server with its default. Read from the environment once, at start-up; the
/// names, units, bounds and explanations are the table in setting.cpp, which docs/configuration.md
/// is generated from.
struct Config {
  // Listeners
  std::string http_address = "127.0.0.1";
  std::int64_t http_port = 8080;
  std::string admin_address = "127.0.0.1";
  std::int64_t admin_port = 9464;
  std::string admin_hosts;
  std::string admin_token;
  std::string admin_token_file;
  std::string http_trusted_proxies;
  std::string http_tracing_callers;
  bool http_reuse_port = false;
  std::int64_t http_backlog = 1024;

  // Reactors
  std::int64_t reactors = 0;
  std::int64_t fibers_max = 4096;
  std::int64_t fiber_stack_bytes = 65536;

  // Limits of HTTP
  std::int64_t http_connections_max = 10'000;
  std::int64_t http_connections_per_address_max = 1'000;
  std::int64_t http_requests_in_flight_max = 2'000;
  std::int64_t http_requests_per_address_max = 200;
  std::int64_t http_requests_per_account_max = 100;
  std::int64_t http_streams_max = 1'024;
  std::int64_t http_streams_per_address_max = 128;
  std::int64_t http_streams_per_account_max = 64;
  std::int64_t http_header_bytes_max = 16'384;
  std::int64_t http_header_count_max = 100;
  std::int64_t http_uri_bytes_max = 8'192;
  std::int64_t http_body_bytes_max = 131'072;
  std::int64_t http_body_rate_bytes_per_second_min = 1'024;
  std::int64_t http_write_rate_bytes_per_second_min = 1'024;
  std::int64_t http_write_queue_bytes_max = 1'048'576;
  std::chrono::milliseconds http_header_timeout_ms{10'000};
  std::chrono::milliseconds http_body_rate_grace_ms{10'000};
  std::chrono::milliseconds http_body_time_max_ms{1'800'000};
  std::chrono::milliseconds http_idle_timeout_ms{75'000};
  std::chrono::milliseconds http_write_stall_timeout_ms{60'000};
  std::chrono::milliseconds http_write_rate_grace_ms{60'000};
  std::chrono::milliseconds http_request_deadline_ms{10'000};

  // Database
  std::string database_url;
  std::int64_t database_shared_connections = 1;
  std::int64_t database_leased_connections = 4;
  std::int64_t database_leased_per_caller_max = 0;
  std::int64_t database_waiting_per_caller_max = 64;
  std::int64_t database_connections_max = 50;
  std::chrono::milliseconds database_connect_timeout_ms{1'000};
  std::chrono::milliseconds database_statement_timeout_ms{5'000};
  std::chrono::milliseconds database_shared_statement_timeout_ms{1'000};

  // Secrets and tokens
  std::string keys_dir;
  std::string secret_file;
  std::string token_issuer = "vigie";
  std::string token_audience = "vigie-api";
  std::chrono::milliseconds access_token_lifetime_ms{900'000};
  std::chrono::milliseconds refresh_token_lifetime_ms{2'592'000'000};
  std::chrono::milliseconds refresh_token_repeat_ms{10'000};
  std::chrono::milliseconds session_cleanup_interval_ms{600'000};
  std::chrono::milliseconds ended_sessions_interval_ms{1'000};
  std::chrono::milliseconds password_reset_lifetime_ms{1'800'000};
  std::chrono::milliseconds keys_reload_interval_ms{5'000};
  std::int64_t password_threads = 1;
  std::int64_t password_queue_max = 64;
  std::int64_t password_per_address_max = 8;
  std::int64_t argon2_memory_kib = 19'456;
  std::int64_t argon2_passes = 2;

  // Contents
  std::string blob_store = "disk";
  std::string blob_directory;
  std::string blob_azure_endpoint;
  std::string blob_azure_account;
  std::string blob_azure_container = "vigie";
  std::string blob_azure_key_file;
  std::chrono::milliseconds blob_azure_timeout_ms{10'000};
  std::int64_t blob_threads = 2;
  std::int64_t blob_queue_max = 256;
  std::chrono::milliseconds blob_probe_interval_ms{5'000};
  std::chrono::milliseconds blob_sweep_interval_ms{3'600'000};
  std::chrono::milliseconds blob_sweep_grace_ms{3'600'000};

  // Previews
  std::int64_t preview_memory_bytes_max = 536'870'912;
  std::chrono::milliseconds preview_timeout_ms{30'000};

  // Media
  std::int64_t media_part_bytes_min = 5'242'880;
  std::int64_t media_part_bytes_max = 67'108'864;
  std::int64_t media_bytes_max = 5'368'709'120;
  std::int64_t media_quota_bytes = 21'474'836'480;
  std::int64_t media_quota_total_bytes = 1'099'511'627'776;
  std::chrono::milliseconds media_upload_lifetime_ms{86'400'000};
  std::chrono::milliseconds media_expiry_interval_ms{600'000};
  std::chrono::milliseconds media_purge_after_ms{2'592'000'000};
  bool media_redirect = false;

  // Backups
  std::string backup_database_url;
  std::string backup_programs = "/usr/lib/postgresql/15/bin";
  std::int64_t backup_keep = 7;
  std::chrono::milliseconds backup_interval_ms{86'400'000};
  std::chrono::milliseconds backup_verify_interval_ms{604'800'000};

  // Work
  bool jobs = true;
  std::int64_t jobs_high_concurrency = 4;
  std::int64_t jobs_low_concurrency = 2;
  std::int64_t jobs_external_concurrency = 4;
  std::chrono::milliseconds jobs_poll_interval_ms{1'000};
  std::chrono::milliseconds jobs_retry_pause_ms{5'000};
  std::chrono::milliseconds jobs_retry_pause_max_ms{3'600'000};
  bool scheduler = true;

  // Protection
  std::int64_t rate_limit_requests_per_second = 100;
  std::int64_t rate_limit_burst = 200;
  std::int64_t rate_limit_address_requests_per_second = 0;
  std::int64_t rate_limit_address_burst = 0;
  std::int64_t login_rate_limit_per_minute = 10;
  std::int64_t login_rate_limit_per_address_per_minute = 100;
  std::int64_t login_failures_per_hour_max = 100;
  std::int64_t registration_rate_limit_per_address_per_minute = 30;
  std::chrono::milliseconds idempotency_lifetime_ms{86'400'000};
  std::int64_t idempotency_answers_per_caller_max = 20'000;
  std::chrono::milliseconds idempotency_cleanup_interval_ms{60'000};

  // Stopping
  std::chrono::milliseconds drain_delay_ms{0};
  std::chrono::milliseconds drain_timeout_ms{20'000};

  // Telemetry; the OTEL_* variables are in `telemetry_config`
  std::string log_level = "info";
  bool telemetry = true;
  std::string telemetry_spool_directory;
  std::int64_t telemetry_spool_bytes_max = 268'435'456;
  std::int64_t telemetry_replay_bytes_per_second = 4'194'304;
  std::int64_t telemetry_recorder_bytes_max = 33'554'432;
  telemetry::TelemetryConfig telemetry_config;
};

/// What was read, and every fault of it: a start-up reports them together.
struct ConfigReading {
  Config config;
  std::vector<std::string> faults;
};

/// Reads VIGIE_*, DATABASE_URL and OTEL_* from an environment in the form of `environ`. A VIGIE_
/// variable that is not a setting is a fault (a misspelt limit must not be silently ignored).
ConfigReading read_config(const char* const* environment);

/// Adds a fault for each of these settings that is empty: commands differ in what they need. Of
/// VIGIE_BLOB_STORE, those that the chosen store needs.
void require(ConfigReading& reading, std::initializer_list<std::string_view> names);

/// The table of settings as Markdown: the text of docs/configuration.md.
std::string describe_config();

}  // namespace vigie::app
