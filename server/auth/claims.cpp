#include "server/auth/claims.hpp"

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <vector>

namespace vigie::auth {
namespace {

using nlohmann::json;

/// 9999-12-31T23:59:59Z: later instants have no text form.
constexpr std::int64_t kSecondsMax = 253'402'300'799;

std::int64_t seconds_of(domain::Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

std::optional<std::string> text(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

/// A NumericDate (RFC 7519, section 2) in whole seconds.
std::optional<domain::Timestamp> date(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
  const auto seconds = found->get<std::uint64_t>();
  if (seconds > static_cast<std::uint64_t>(kSecondsMax)) return std::nullopt;
  return domain::Timestamp{std::chrono::seconds{seconds}};
}

/// What the text says; nothing when a name comes twice in an object: which of them counts, parsers
/// disagree about.
std::optional<json> unambiguous(std::string_view text) {
  std::vector<std::set<std::string>> names;  // of the objects that are open
  bool is_ambiguous = false;
  const auto look = [&](int /*depth*/, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start) names.emplace_back();
    if (event == json::parse_event_t::object_end) names.pop_back();
    if (event == json::parse_event_t::key) {
      is_ambiguous |= !names.back().insert(parsed.get<std::string>()).second;
    }
    return true;
  };
  json value = json::parse(text, look, /*allow_exceptions=*/false);
  if (is_ambiguous) return std::nullopt;
  return value;
}

}  // namespace

std::string claims_json(const Claims& claims) {
  json object{{"iss", claims.issuer},
              {"aud", claims.audience},
              {"sub", claims.subject.to_string()},
              {"role", domain::name_of(claims.role)},
              {"iat", seconds_of(claims.issued_at)},
              {"exp", seconds_of(claims.expires_at)},
              {"jti", claims.token_id}};
  if (claims.session) object["sid"] = claims.session->to_string();
  return object.dump();
}

domain::Result<Claims> parse_claims(std::string_view json_text) {
  const auto read = unambiguous(json_text);
  if (!read) return invalid_token("a name comes twice in the claims");
  const json& object = *read;
  if (!object.is_object()) return invalid_token("the claims are not a JSON object");
  auto issuer = text(object, "iss");
  auto audience = text(object, "aud");
  auto token_id = text(object, "jti");
  const auto subject = domain::AccountId::parse(text(object, "sub").value_or(""));
  const auto role = domain::parse_role(text(object, "role").value_or(""));
  const auto issued_at = date(object, "iat");
  const auto expires_at = date(object, "exp");
  const bool has_session = object.contains("sid");
  const auto session = domain::SessionId::parse(text(object, "sid").value_or(""));
  const auto not_before = date(object, "nbf");
  if (object.contains("nbf") && !not_before) return invalid_token("nbf is not of its type");
  if (has_session && !session) return invalid_token("the session is not of its type");
  if (!issuer || !audience || !token_id || !subject || !role || !issued_at || !expires_at) {
    return invalid_token("a claim is missing or not of its type");
  }
  return Claims{.issuer = *std::move(issuer),
                .audience = *std::move(audience),
                .subject = *subject,
                .role = *role,
                .issued_at = *issued_at,
                .expires_at = *expires_at,
                .not_before = not_before,
                .token_id = *std::move(token_id),
                .session = session};
}

domain::Error invalid_token(std::string detail) {
  return {.code = domain::Code::kInvalidToken,
          .message = "The access token is not valid.",
          .detail = std::move(detail)};
}

}  // namespace vigie::auth
