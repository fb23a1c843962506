#pragma once

#include <cstdint>
#include <string>

#include "telemetry/gzip.hpp"

namespace vigie::telemetry {

/// How the bytes of a request are coded (HTTP's Content-Encoding).
enum class Coding : std::uint8_t { kPlain, kGzip };

/// An encoded request and how many records are in it.
struct EncodedBatch {
  std::string bytes;
  std::uint32_t record_count = 0;
  Coding coding = Coding::kPlain;

  /// What the back end has to read.
  std::uint64_t plain_bytes() const noexcept {
    return coding == Coding::kGzip ? gunzipped_bytes(bytes) : bytes.size();
  }
};

}  // namespace vigie::telemetry
