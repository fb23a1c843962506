#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "server/domain/job_payload.hpp"

/// The reader of payloads, which searches: what it gives lies in the payload, between two quotes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view payload(reinterpret_cast<const char*>(data), size);
  for (const std::string_view name : {"media_id", "account_id", "hash", ""}) {
    const auto text = vigie::domain::payload_text(payload, name);
    if (!text) continue;
    const auto begin = static_cast<std::size_t>(text->data() - payload.data());
    if (begin == 0 || begin + text->size() >= payload.size()) std::abort();
    if (payload[begin - 1] != '"' || payload[begin + text->size()] != '"') std::abort();
    if (text->find('"') != std::string_view::npos) std::abort();
  }
  // What is written is read.
  std::string plain;
  for (const char c : payload.substr(0, 64)) {
    if (c >= ' ' && c < 0x7f && c != '"' && c != '\\') plain += c;
  }
  const std::string written =
      vigie::domain::PayloadWriter().text("media_id", plain).text("account_id", "x").take();
  if (vigie::domain::payload_text(written, "media_id") != std::string_view(plain)) std::abort();
  return 0;
}
