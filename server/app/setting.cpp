#include "server/app/setting.hpp"

#include <vector>

#include "server/app/http_limit_settings.hpp"

namespace vigie::app {
namespace {

constexpr auto kListening = std::to_array<Setting>({
    {"VIGIE_HTTP_ADDRESS", TextField{&Config::http_address, false}, "IPv4",
     "Address of the public listener. TLS is terminated in front of it."},
    {"VIGIE_HTTP_PORT", IntegerField{&Config::http_port, 0, 65535}, "port",
     "Port of the public listener; 0 takes a free one and prints it."},
    {"VIGIE_ADMIN_ADDRESS", TextField{&Config::admin_address, false}, "IPv4",
     "Address of the admin listener: metrics, probes, what on-call looks at and changes. Beyond "
     "loopback it asks for a token."},
    {"VIGIE_ADMIN_PORT", IntegerField{&Config::admin_port, 0, 65535}, "port",
     "Port of the admin listener; 0 takes a free one and prints it."},
    {"VIGIE_ADMIN_HOSTS", TextField{&Config::admin_hosts, false}, "host or host:port",
     "Comma-separated names by which the admin listener is asked, beside those of loopback and "
     "VIGIE_ADMIN_ADDRESS; for other names the answer is 421."},
    {"VIGIE_ADMIN_TOKEN_FILE", TextField{&Config::admin_token_file, false}, "file",
     "At least 16 characters without a blank: callers of the admin listener show them as a bearer "
     "token, all but /livez and /readyz. Required when VIGIE_ADMIN_ADDRESS is not loopback."},
    {"VIGIE_ADMIN_TOKEN", TextField{&Config::admin_token, false}, "",
     "The token itself, instead of VIGIE_ADMIN_TOKEN_FILE.", true},
    {"VIGIE_HTTP_TRUSTED_PROXIES", TextField{&Config::http_trusted_proxies, false},
     "addresses, CIDR ranges",
     "Comma-separated IPv4 and IPv6 proxies in front. What they say in X-Forwarded-For is the "
     "client's address for rate limits, spans and logs; nobody else is believed. The limit of "
     "connections of one address is theirs."},
    {"VIGIE_HTTP_TRACING_CALLERS", TextField{&Config::http_tracing_callers, false},
     "addresses, CIDR ranges",
     "Comma-separated IPv4 and IPv6 clients whose traceparent decides whether a trace is kept. "
     "Everybody else's trace id is taken, and the sampler decides."},
    {"VIGIE_HTTP_REUSE_PORT", FlagField{&Config::http_reuse_port}, "",
     "Share the public port with another process (SO_REUSEPORT), for a restart without"
     " a lost request."},
    {"VIGIE_HTTP_BACKLOG", IntegerField{&Config::http_backlog, 1, 65535}, "connections",
     "Connections the kernel keeps waiting to be accepted."},
    {"VIGIE_REACTORS", IntegerField{&Config::reactors, 0, 256}, "threads",
     "Reactor threads; 0 is one for each processor that the process may use (affinity, cpuset, CPU "
     "quota), as far as VIGIE_DATABASE_CONNECTIONS_MAX goes."},
});

constexpr auto kOthers = std::to_array<Setting>({
    {"DATABASE_URL", TextField{&Config::database_url, true}, "",
     "Connection string of PostgreSQL (URI or keyword form).", true},
    {"VIGIE_DATABASE_SHARED_CONNECTIONS", IntegerField{&Config::database_shared_connections, 1, 64},
     "connections", "Pipelined connections for short reads, for each reactor."},
    {"VIGIE_DATABASE_LEASED_CONNECTIONS",
     IntegerField{&Config::database_leased_connections, 1, 256}, "connections",
     "Connections for transactions and long queries, for each reactor."},
    {"VIGIE_DATABASE_LEASED_PER_CALLER_MAX",
     IntegerField{&Config::database_leased_per_caller_max, 0, 256}, "connections",
     "Of them, those that one client address (of IPv6 its first 64 bits) or one account may hold; "
     "over it its requests wait while others are served. 0 is half of them, at least one."},
    {"VIGIE_DATABASE_WAITING_PER_CALLER_MAX",
     IntegerField{&Config::database_waiting_per_caller_max, 1, 256}, "requests",
     "Requests of one client address or one account that wait for such a connection, for each "
     "reactor, to write and to read slowly each; over it the answer is 429 share_exceeded."},
    {"VIGIE_DATABASE_CONNECTIONS_MAX", IntegerField{&Config::database_connections_max, 1, 10000},
     "connections",
     "Connections that the process may open: bounds the reactors where VIGIE_REACTORS is 0. All "
     "processes together must stay under PostgreSQL's max_connections."},
    {"VIGIE_DATABASE_CONNECT_TIMEOUT_MS",
     DurationField{&Config::database_connect_timeout_ms, 10, 60000}, "ms",
     "Time to open a connection."},
    {"VIGIE_DATABASE_STATEMENT_TIMEOUT_MS",
     DurationField{&Config::database_statement_timeout_ms, 10, 600000}, "ms",
     "Longest run of one statement on a leased connection, whatever the request's deadline."},
    {"VIGIE_DATABASE_SHARED_STATEMENT_TIMEOUT_MS",
     DurationField{&Config::database_shared_statement_timeout_ms, 10, 600000}, "ms",
     "Longest run of one statement on a shared connection: as long can it delay the others."},
    {"VIGIE_KEYS_DIR", TextField{&Config::keys_dir, true}, "directory",
     "Ed25519 signing keys, one PKCS#8 PEM file a key; the newest signs, all verify. "
     "vigie keygen makes one."},
    {"VIGIE_SECRET_FILE", TextField{&Config::secret_file, true}, "file",
     "At least 32 random bytes, equal on all servers: authenticates cursors and "
     "idempotency fingerprints."},
    {"VIGIE_TOKEN_ISSUER", TextField{&Config::token_issuer, false}, "",
     "The iss of access tokens."},
    {"VIGIE_TOKEN_AUDIENCE", TextField{&Config::token_audience, false}, "",
     "The aud of access tokens."},
    {"VIGIE_ACCESS_TOKEN_LIFETIME_MS",
     DurationField{&Config::access_token_lifetime_ms, 1000, 86400000}, "ms",
     "Life of an access token."},
    {"VIGIE_REFRESH_TOKEN_LIFETIME_MS",
     DurationField{&Config::refresh_token_lifetime_ms, 1000, 31536000000}, "ms",
     "Life of a refresh token; each use replaces it."},
    {"VIGIE_REFRESH_TOKEN_REPEAT_MS", DurationField{&Config::refresh_token_repeat_ms, 0, 60000},
     "ms",
     "So long after its use a refresh token is taken once more, since the answer may have been "
     "lost; whole seconds. Later, its use ends the session."},
    {"VIGIE_SESSION_CLEANUP_INTERVAL_MS",
     DurationField{&Config::session_cleanup_interval_ms, 100, 86400000}, "ms",
     "How often expired refresh tokens are deleted."},
    {"VIGIE_ENDED_SESSIONS_INTERVAL_MS",
     DurationField{&Config::ended_sessions_interval_ms, 50, 60000}, "ms",
     "How often the sessions that have ended are asked for: so long an access token may outlive "
     "its session."},
    {"VIGIE_PASSWORD_RESET_LIFETIME_MS",
     DurationField{&Config::password_reset_lifetime_ms, 1000, 86400000}, "ms",
     "Life of a token that sets another password."},
    {"VIGIE_KEYS_RELOAD_INTERVAL_MS", DurationField{&Config::keys_reload_interval_ms, 100, 3600000},
     "ms", "How often the key directory is looked at for a rotation."},
    {"VIGIE_PASSWORD_THREADS", IntegerField{&Config::password_threads, 1, 64}, "threads",
     "Threads that hash passwords."},
    {"VIGIE_PASSWORD_QUEUE_MAX", IntegerField{&Config::password_queue_max, 1, 10000}, "hashes",
     "Hashes that may wait for a thread; over it the answer is 503."},
    {"VIGIE_PASSWORD_PER_ADDRESS_MAX", IntegerField{&Config::password_per_address_max, 1, 10000},
     "hashes",
     "Hashes that one client address (of IPv6 a /64) may wait for at once; over it the answer is "
     "429."},
    {"VIGIE_ARGON2_MEMORY_KIB", IntegerField{&Config::argon2_memory_kib, 1024, 1048576}, "KiB",
     "Memory of one argon2id hash."},
    {"VIGIE_ARGON2_PASSES", IntegerField{&Config::argon2_passes, 1, 10}, "passes",
     "Passes of one argon2id hash."},
    {"VIGIE_BLOB_STORE", ChoiceField{&Config::blob_store, {"disk", "azure"}}, "",
     "Where contents (uploads, previews, backups) are kept: disk: files of a directory; azure: a "
     "container of Azure Blob Storage."},
    {"VIGIE_BLOB_DIRECTORY", TextField{&Config::blob_directory, false}, "directory",
     "Where contents lie; required for disk. Made when it is missing and no contents are known, "
     "and "
     "named by a file in it: while that is not there, the answer is 503. Servers and workers of "
     "one "
     "database share it. Its files are their owner's alone."},
    {"VIGIE_BLOB_AZURE_ENDPOINT", TextField{&Config::blob_azure_endpoint, false}, "URL",
     "https://ACCOUNT.blob.core.windows.net, or http://HOST:PORT/ACCOUNT of an emulator; required "
     "for azure."},
    {"VIGIE_BLOB_AZURE_ACCOUNT", TextField{&Config::blob_azure_account, false}, "",
     "Name of the storage account; required for azure."},
    {"VIGIE_BLOB_AZURE_CONTAINER", TextField{&Config::blob_azure_container, false}, "",
     "Name of the container, which is there already."},
    {"VIGIE_BLOB_AZURE_KEY_FILE", TextField{&Config::blob_azure_key_file, false}, "file",
     "The account's key as the portal shows it, in base64; required for azure."},
    {"VIGIE_BLOB_AZURE_TIMEOUT_MS", DurationField{&Config::blob_azure_timeout_ms, 100, 600000},
     "ms", "Longest single request to the service; what may be repeated is, twice."},
    {"VIGIE_BLOB_THREADS", IntegerField{&Config::blob_threads, 1, 64}, "threads",
     "Threads that write, read and hash contents; for azure as many requests run at once."},
    {"VIGIE_BLOB_QUEUE_MAX", IntegerField{&Config::blob_queue_max, 1, 10000}, "tasks",
     "Writes, reads and hashes that may wait for a thread; over it the answer is 503."},
    {"VIGIE_BLOB_PROBE_INTERVAL_MS", DurationField{&Config::blob_probe_interval_ms, 100, 3600000},
     "ms", "How often it is tried whether contents can be written."},
    {"VIGIE_BLOB_SWEEP_INTERVAL_MS",
     DurationField{&Config::blob_sweep_interval_ms, 1000, 604800000}, "ms",
     "How often stored contents that no row names are looked for."},
    {"VIGIE_BLOB_SWEEP_GRACE_MS", DurationField{&Config::blob_sweep_grace_ms, 0, 604800000}, "ms",
     "Age from which stored contents and uploads that no row names are removed: longer than any "
     "write takes."},
    {"VIGIE_PREVIEW_MEMORY_BYTES_MAX",
     IntegerField{&Config::preview_memory_bytes_max, 33554432, 68719476736}, "bytes",
     "Memory that decoding one image may take; over it the image has no previews. As many images "
     "as VIGIE_JOBS_HIGH_CONCURRENCY are decoded at once."},
    {"VIGIE_PREVIEW_TIMEOUT_MS", DurationField{&Config::preview_timeout_ms, 100, 600000}, "ms",
     "Time that decoding one image may take; over it the image has no previews."},
    {"VIGIE_MEDIA_PART_BYTES_MIN", IntegerField{&Config::media_part_bytes_min, 1, 67108864},
     "bytes", "Smallest part of an upload that a client may choose; the last one may be smaller."},
    {"VIGIE_MEDIA_PART_BYTES_MAX", IntegerField{&Config::media_part_bytes_max, 1024, 67108864},
     "bytes",
     "Largest part, and largest content that is uploaded in one request; over it the answer is "
     "413."},
    {"VIGIE_MEDIA_BYTES_MAX", IntegerField{&Config::media_bytes_max, 1024, 67108864000}, "bytes",
     "Size of one content."},
    {"VIGIE_MEDIA_QUOTA_BYTES", IntegerField{&Config::media_quota_bytes, 0, 1125899906842624},
     "bytes",
     "What one account may upload, counted from the beginning of an upload until its purge; over "
     "it the answer is 413."},
    {"VIGIE_MEDIA_QUOTA_TOTAL_BYTES",
     IntegerField{&Config::media_quota_total_bytes, 0, 1125899906842624}, "bytes",
     "What all accounts together may upload, counted alike; over it the answer is 507. 0: no "
     "total, and a store on disk refuses what it has no room for."},
    {"VIGIE_MEDIA_UPLOAD_LIFETIME_MS",
     DurationField{&Config::media_upload_lifetime_ms, 1000, 2592000000}, "ms",
     "Time after its last part until an unfinished upload is given up."},
    {"VIGIE_MEDIA_EXPIRY_INTERVAL_MS",
     DurationField{&Config::media_expiry_interval_ms, 1000, 86'400'000}, "ms",
     "How often uploads that nobody goes on with are looked for."},
    {"VIGIE_MEDIA_PURGE_AFTER_MS", DurationField{&Config::media_purge_after_ms, 0, 31536000000},
     "ms", "Time that a deleted media can be restored; then it is purged."},
    {"VIGIE_MEDIA_REDIRECT", FlagField{&Config::media_redirect}, "",
     "Send clients to the store for contents, by URLs that are good for 5 minutes, where it gives "
     "out such; otherwise contents come through the server."},
    {"VIGIE_BACKUP_DATABASE_URL", TextField{&Config::backup_database_url, false}, "",
     "Connection string of an account that reads every table and may create databases "
     "(pg_read_all_data, CREATEDB), for backups and their proof; empty: DATABASE_URL.",
     true},
    {"VIGIE_BACKUP_PROGRAMS", TextField{&Config::backup_programs, false}, "directory",
     "Where pg_dump and pg_restore are, of the server's version or a newer one."},
    {"VIGIE_BACKUP_KEEP", IntegerField{&Config::backup_keep, 1, 1000}, "backups",
     "Backups that are kept; the newest one that was restored without a fault is kept besides."},
    {"VIGIE_BACKUP_INTERVAL_MS", DurationField{&Config::backup_interval_ms, 1000, 2592000000}, "ms",
     "How often the database is backed up into the store of contents."},
    {"VIGIE_BACKUP_VERIFY_INTERVAL_MS",
     DurationField{&Config::backup_verify_interval_ms, 1000, 31536000000}, "ms",
     "How often the newest backup is restored into a scratch database and compared."},
    {"VIGIE_JOBS", FlagField{&Config::jobs}, "",
     "Do jobs in `vigie serve`; false leaves them to `vigie worker`."},
    {"VIGIE_JOBS_HIGH_CONCURRENCY", IntegerField{&Config::jobs_high_concurrency, 0, 1000}, "jobs",
     "Jobs of lane high that one process runs at once; 0 leaves them to others."},
    {"VIGIE_JOBS_LOW_CONCURRENCY", IntegerField{&Config::jobs_low_concurrency, 0, 1000}, "jobs",
     "Jobs of lane low that one process runs at once; 0 leaves them to others."},
    {"VIGIE_JOBS_EXTERNAL_CONCURRENCY", IntegerField{&Config::jobs_external_concurrency, 0, 1000},
     "jobs", "Jobs of lane external that one process runs at once; 0 leaves them to others."},
    {"VIGIE_JOBS_POLL_INTERVAL_MS", DurationField{&Config::jobs_poll_interval_ms, 10, 60'000}, "ms",
     "How often a worker looks for jobs whose time has come or whose worker is gone; of others it "
     "is told at once."},
    {"VIGIE_JOBS_RETRY_PAUSE_MS", DurationField{&Config::jobs_retry_pause_ms, 1, 3'600'000}, "ms",
     "Longest pause after a job's first failure; it doubles with each further one, and the pause "
     "is anything up to it."},
    {"VIGIE_JOBS_RETRY_PAUSE_MAX_MS",
     DurationField{&Config::jobs_retry_pause_max_ms, 1, 86'400'000}, "ms", "Bound of that pause."},
    {"VIGIE_SCHEDULER", FlagField{&Config::scheduler}, "",
     "Take part in scheduling the tasks; of all processes that do, one leads."},
    {"VIGIE_RATE_LIMIT_REQUESTS_PER_SECOND",
     IntegerField{&Config::rate_limit_requests_per_second, 1, 1000000}, "requests/s",
     "Sustained rate of one account, and of one address over all its accounts and the anonymous; "
     "over it the answer is 429."},
    {"VIGIE_RATE_LIMIT_BURST", IntegerField{&Config::rate_limit_burst, 1, 10000000}, "requests",
     "Requests that may come at once before the rate counts."},
    {"VIGIE_RATE_LIMIT_ADDRESS_REQUESTS_PER_SECOND",
     IntegerField{&Config::rate_limit_address_requests_per_second, 0, 1000000}, "requests/s",
     "Sustained rate of one address where it is not that of one account, say since offices come "
     "from one; 0: that of one account."},
    {"VIGIE_RATE_LIMIT_ADDRESS_BURST", IntegerField{&Config::rate_limit_address_burst, 0, 10000000},
     "requests",
     "Requests that may come at once from one address, together with "
     "VIGIE_RATE_LIMIT_ADDRESS_REQUESTS_PER_SECOND."},
    {"VIGIE_LOGIN_RATE_LIMIT_PER_MINUTE",
     IntegerField{&Config::login_rate_limit_per_minute, 1, 1000000}, "attempts/min",
     "Sign-in attempts for one e-mail from one address."},
    {"VIGIE_LOGIN_RATE_LIMIT_PER_ADDRESS_PER_MINUTE",
     IntegerField{&Config::login_rate_limit_per_address_per_minute, 1, 1000000}, "attempts/min",
     "Sign-in attempts from one address, over all e-mails."},
    {"VIGIE_LOGIN_FAILURES_PER_HOUR_MAX",
     IntegerField{&Config::login_failures_per_hour_max, 10, 10000000}, "attempts/h",
     "Sign-ins of one account that may fail within an hour, over all addresses and servers; two "
     "fifths are kept for addresses it has signed in from."},
    {"VIGIE_REGISTRATION_RATE_LIMIT_PER_ADDRESS_PER_MINUTE",
     IntegerField{&Config::registration_rate_limit_per_address_per_minute, 1, 1000000},
     "attempts/min", "Registrations from one address (of IPv6 a /64)."},
    {"VIGIE_IDEMPOTENCY_LIFETIME_MS",
     DurationField{&Config::idempotency_lifetime_ms, 1000, 2592000000}, "ms",
     "Time an answer is kept for replay under its Idempotency-Key."},
    {"VIGIE_IDEMPOTENCY_ANSWERS_PER_CALLER_MAX",
     IntegerField{&Config::idempotency_answers_per_caller_max, 0, 100000000}, "answers",
     "Answers stored for one account, and for one address, at once; then as many as expire. Over "
     "it a call with a key is answered 429 share_exceeded. 0: no limit."},
    {"VIGIE_IDEMPOTENCY_CLEANUP_INTERVAL_MS",
     DurationField{&Config::idempotency_cleanup_interval_ms, 100, 86400000}, "ms",
     "How often expired answers are deleted."},
    {"VIGIE_DRAIN_DELAY_MS", DurationField{&Config::drain_delay_ms, 0, 600000}, "ms",
     "Time between SIGTERM (/readyz turns 503) and the end of accepting: what a load "
     "balancer needs to notice."},
    {"VIGIE_DRAIN_TIMEOUT_MS", DurationField{&Config::drain_timeout_ms, 100, 600000}, "ms",
     "Time that requests in flight have to finish after that."},
    {"VIGIE_LOG_LEVEL", ChoiceField{&Config::log_level, {"debug", "info", "warn", "error"}}, "",
     "Least severe log event that is written; changed at run time on the admin port."},
    {"VIGIE_TELEMETRY", FlagField{&Config::telemetry}, "",
     "Off: no spans, no log lines, no metric updates. For measuring what telemetry "
     "costs."},
    {"VIGIE_TELEMETRY_SPOOL_DIRECTORY", TextField{&Config::telemetry_spool_directory, false},
     "directory",
     "Where telemetry waits that the collector does not take; empty: in memory only, until the "
     "export times out. Made when it is missing; keep it on a disk that outlives the process."},
    {"VIGIE_TELEMETRY_SPOOL_BYTES_MAX",
     IntegerField{&Config::telemetry_spool_bytes_max, 1048576, 1099511627776}, "bytes",
     "Disk that it may take, shared evenly by the signals; over it the oldest go. What lies there "
     "is "
     "compressed."},
    {"VIGIE_TELEMETRY_REPLAY_BYTES_PER_SECOND",
     IntegerField{&Config::telemetry_replay_bytes_per_second, 1024, 1073741824}, "bytes/s",
     "Rate at which a signal's spool is sent once the collector is there again; uncompressed "
     "bytes, whatever OTEL_EXPORTER_OTLP_COMPRESSION says."},
    {"VIGIE_TELEMETRY_RECORDER_BYTES_MAX",
     IntegerField{&Config::telemetry_recorder_bytes_max, 0, 1073741824}, "bytes",
     "Memory for the last traces (three quarters) and log events, read under /debug/ on the admin "
     "port; 0: none are held."},
});

}  // namespace

std::span<const Setting> settings() {
  static const std::vector<Setting> all = [] {
    std::vector<Setting> table(kListening.begin(), kListening.end());
    table.insert(table.end(), kHttpLimits.begin(), kHttpLimits.end());
    table.insert(table.end(), kOthers.begin(), kOthers.end());
    return table;
  }();
  return all;
}

}  // namespace vigie::app
