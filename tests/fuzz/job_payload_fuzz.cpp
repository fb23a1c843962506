#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "server/domain/job_payload.hpp"

/// What is written is read, and anything may be asked of anything.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view payload(reinterpret_cast<const char*>(data), size);
  for (const std::string_view name : {"media_id", "account_id", "hash", ""}) {
    static_cast<void>(vigie::domain::payload_text(payload, name));
  }
  std::string plain;
  for (const char c : payload.substr(0, 64)) {
    if (static_cast<unsigned char>(c) < 0x80) plain += c;
  }
  const std::string written =
      vigie::domain::PayloadWriter().text("media_id", plain).text("account_id", "x").take();
  if (vigie::domain::payload_text(written, "media_id") != plain) std::abort();
  return 0;
}
