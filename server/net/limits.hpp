#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace vigie::net {

/// Every bound a server keeps towards its clients. All are per connection unless said otherwise.
struct Limits {
  // What is refused, and with which status.
  std::size_t target_bytes_max = std::size_t{8} * 1024;   // request target; over it: 414
  std::size_t header_bytes_max = std::size_t{16} * 1024;  // header section or trailers; 431
  std::size_t header_count_max = 100;                     // fields; 431
  std::chrono::milliseconds header_time_max{10'000};      // first byte to last of a header; 408
  std::uint64_t body_rate_min = 1024;                     // bytes a second while we wait; 408
  std::chrono::milliseconds body_rate_window{10'000};     // the rate is judged once a window
  std::size_t connections_max = 10'000;                   // of the server; 503 and close
  std::size_t connections_per_address_max = 1'000;        // of them; 429 and close
  std::size_t requests_in_flight_max = 1'024;             // of the server; 503
  std::size_t requests_per_address_max = 1'024;           // of them; 429
  std::size_t requests_per_account_max = 1'024;           // of them; 429
  std::size_t streams_max = 1'024;                        // of the server; 503
  std::size_t streams_per_address_max = 1'024;            // of them; 429
  std::size_t streams_per_account_max = 1'024;            // of them; 429

  // What is closed.
  std::chrono::milliseconds idle_time_max{75'000};  // between requests
  std::size_t refusals_max = 100;  // answers of 429, less four for each other answer
  std::chrono::milliseconds write_stall_max{30'000};  // output waits, the client reads nothing
  std::uint64_t write_rate_min = 1024;  // bytes a second that the client takes while output waits
  std::chrono::milliseconds write_rate_window{60'000};  // the rate is judged once a window
  std::chrono::milliseconds linger_time_max{2'000};     // reading on after the last answer

  // What is buffered.
  std::size_t write_queue_high_water_bytes = std::size_t{1024} * 1024;  // producers wait above it
  std::size_t write_queue_low_water_bytes = std::size_t{256} * 1024;    // and go on below it
  std::size_t pipeline_bytes_max = std::size_t{64} * 1024;  // read ahead while a request is served
  std::size_t discard_bytes_max =
      std::size_t{64} * 1024;  // unread body dropped to keep a connection

  // How a server stops.
  std::chrono::milliseconds drain_idle_grace{1'000};  // idle connections stay open that long
  std::chrono::milliseconds handover_grace{500};      // handshakes under way may still finish
};

}  // namespace vigie::net
