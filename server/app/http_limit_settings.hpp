#pragma once

#include <array>
#include <cstdint>

#include "server/app/setting.hpp"

namespace vigie::app {

/// What bounds clients over HTTP: sizes, times, and what each may hold (decision 34).
inline constexpr auto kHttpLimits = std::to_array<Setting>({
    {"VIGIE_FIBERS_MAX", IntegerField{&Config::fibers_max, 16, 1000000}, "fibers",
     "Requests that one reactor runs at once; over it the answer is 503."},
    {"VIGIE_FIBER_STACK_BYTES", IntegerField{&Config::fiber_stack_bytes, 32768, 8388608}, "bytes",
     "Stack of one fiber, with a guard page below it."},
    {"VIGIE_HTTP_CONNECTIONS_MAX", IntegerField{&Config::http_connections_max, 1, 1000000},
     "connections",
     "Open client connections; over it a connection is answered 503 and closed. When nine in ten "
     "are taken, idle ones are given up, first those of who holds most."},
    {"VIGIE_HTTP_CONNECTIONS_PER_ADDRESS_MAX",
     IntegerField{&Config::http_connections_per_address_max, 1, 1000000}, "connections",
     "Open connections of one address (of IPv6 its first 64 bits) that is no trusted proxy; over "
     "it a connection is answered 429 share_exceeded and closed."},
    {"VIGIE_HTTP_REQUESTS_IN_FLIGHT_MAX",
     IntegerField{&Config::http_requests_in_flight_max, 1, 1000000}, "requests",
     "Requests being handled at once; over it the answer is 503 with Retry-After."},
    {"VIGIE_HTTP_REQUESTS_PER_ADDRESS_MAX",
     IntegerField{&Config::http_requests_per_address_max, 1, 1000000}, "requests",
     "Of them, those of one client address (of IPv6 its first 64 bits); over it the answer is 429 "
     "share_exceeded."},
    {"VIGIE_HTTP_REQUESTS_PER_ACCOUNT_MAX",
     IntegerField{&Config::http_requests_per_account_max, 1, 1000000}, "requests",
     "Of them, those of one account; over it the answer is 429 share_exceeded."},
    {"VIGIE_HTTP_STREAMS_MAX", IntegerField{&Config::http_streams_max, 1, 1000000}, "requests",
     "Uploads and downloads of contents under way, which do not count as requests in flight; over "
     "it the answer is 503 with Retry-After."},
    {"VIGIE_HTTP_STREAMS_PER_ADDRESS_MAX",
     IntegerField{&Config::http_streams_per_address_max, 1, 1000000}, "requests",
     "Of them, those of one client address (of IPv6 its first 64 bits); over it the answer is 429 "
     "share_exceeded."},
    {"VIGIE_HTTP_STREAMS_PER_ACCOUNT_MAX",
     IntegerField{&Config::http_streams_per_account_max, 1, 1000000}, "requests",
     "Of them, those of one account; over it the answer is 429 share_exceeded."},
    {"VIGIE_HTTP_HEADER_BYTES_MAX", IntegerField{&Config::http_header_bytes_max, 1024, 1048576},
     "bytes", "Size of a request's header; over it the answer is 431."},
    {"VIGIE_HTTP_HEADER_COUNT_MAX", IntegerField{&Config::http_header_count_max, 8, 10000},
     "fields", "Fields in a request's header; over it the answer is 431."},
    {"VIGIE_HTTP_URI_BYTES_MAX", IntegerField{&Config::http_uri_bytes_max, 256, 65536}, "bytes",
     "Length of the request target; over it the answer is 414."},
    {"VIGIE_HTTP_BODY_BYTES_MAX", IntegerField{&Config::http_body_bytes_max, 1024, 67108864},
     "bytes", "Size of a JSON body; over it the answer is 413. A route may allow less."},
    {"VIGIE_HTTP_BODY_RATE_BYTES_PER_SECOND_MIN",
     IntegerField{&Config::http_body_rate_bytes_per_second_min, 1, 1000000000}, "bytes/s",
     "Slowest arrival of a body that is tolerated; below it the answer is 408."},
    {"VIGIE_HTTP_WRITE_RATE_BYTES_PER_SECOND_MIN",
     IntegerField{&Config::http_write_rate_bytes_per_second_min, 1, 1000000000}, "bytes/s",
     "Slowest client that is tolerated while output waits for it; below it the connection is "
     "closed. A stream that has nothing to send is not judged."},
    {"VIGIE_HTTP_WRITE_QUEUE_BYTES_MAX",
     IntegerField{&Config::http_write_queue_bytes_max, 16384, 1073741824}, "bytes",
     "High-water mark of a connection's unsent bytes; a streaming handler waits above "
     "it."},
    {"VIGIE_HTTP_HEADER_TIMEOUT_MS", DurationField{&Config::http_header_timeout_ms, 100, 600000},
     "ms",
     "Time from the first byte of a request to the end of its header; over it the "
     "answer is 408."},
    {"VIGIE_HTTP_BODY_RATE_GRACE_MS", DurationField{&Config::http_body_rate_grace_ms, 100, 600000},
     "ms", "Time before the minimum rate of a body is enforced."},
    {"VIGIE_HTTP_BODY_TIME_MAX_MS", DurationField{&Config::http_body_time_max_ms, 1000, 86400000},
     "ms",
     "Time that a part or a content may take to arrive, whatever its rate; over it the answer is "
     "408."},
    {"VIGIE_HTTP_IDLE_TIMEOUT_MS", DurationField{&Config::http_idle_timeout_ms, 100, 3600000}, "ms",
     "Time a kept connection may be idle before it is closed."},
    {"VIGIE_HTTP_WRITE_STALL_TIMEOUT_MS",
     DurationField{&Config::http_write_stall_timeout_ms, 100, 3600000}, "ms",
     "Time a client may read nothing of its answer before it is closed."},
    {"VIGIE_HTTP_WRITE_RATE_GRACE_MS",
     DurationField{&Config::http_write_rate_grace_ms, 100, 3600000}, "ms",
     "Time before the minimum rate of a client that takes its answer is enforced, and between two "
     "looks at it."},
    {"VIGIE_HTTP_REQUEST_DEADLINE_MS",
     DurationField{&Config::http_request_deadline_ms, 100, 600000}, "ms",
     "Time from the first byte of a request to its answer; every wait below ends by "
     "then."},
});

}  // namespace vigie::app
