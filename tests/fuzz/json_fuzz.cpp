#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "server/http/account_json.hpp"
#include "server/http/event_json.hpp"
#include "server/http/media_json.hpp"

namespace {

using vigie::http::JsonValue;

/// Nothing that was taken is deeper than the limit says.
int depth_of(const JsonValue& value) {
  int deepest = 0;
  if (const auto* array = value.as<JsonValue::Array>()) {
    for (const JsonValue& item : *array) deepest = std::max(deepest, depth_of(item));
    return deepest + 1;
  }
  if (const auto* object = value.as<JsonValue::Object>()) {
    for (const auto& member : *object) deepest = std::max(deepest, depth_of(member.value));
    return deepest + 1;
  }
  return 0;
}

const vigie::domain::TimeZoneSet& time_zones() {
  static const vigie::domain::TimeZoneSet zones({"Europe/Paris", "UTC"});
  return zones;
}

}  // namespace

/// The JSON codec: reader, decoders, and for an event that was taken, the writer.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto parsed = vigie::http::parse_json({reinterpret_cast<const char*>(bytes), size});
  const auto* json = std::get_if<JsonValue>(&parsed);
  if (json == nullptr) return 0;
  if (depth_of(*json) > vigie::core::kJsonDepthMax) std::abort();
  (void)vigie::http::decode_event_patch(*json);
  (void)vigie::http::decode_new_account(*json);
  (void)vigie::http::decode_credentials(*json);
  (void)vigie::http::decode_refresh_token(*json);
  (void)vigie::http::decode_password(*json);
  (void)vigie::http::decode_reset_request(*json);
  (void)vigie::http::decode_password_reset(*json);
  (void)vigie::http::decode_new_media(*json);
  (void)vigie::http::decode_password_change(*json);
  const auto draft = vigie::http::decode_event_draft(*json, time_zones());
  if (!draft) return 0;
  const std::string written = vigie::http::encode_event({.content = *draft});
  if (std::holds_alternative<vigie::http::Problem>(vigie::http::parse_json(written))) std::abort();
  return 0;
}
