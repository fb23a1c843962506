#include "server/http/account_json.hpp"

#include <optional>
#include <string>
#include <utility>

#include "server/domain/account_rules.hpp"
#include "server/domain/field_faults.hpp"
#include "server/domain/rfc3339.hpp"
#include "server/http/fault_merge.hpp"
#include "server/http/object_reader.hpp"
#include "telemetry/json_writer.hpp"

namespace vigie::http {

using domain::FieldFaults;
using enum Presence;

namespace {

using ReadText = std::optional<std::string> (ObjectReader::*)(std::string_view, Presence);

domain::Result<std::string> only_member(const JsonValue& json, std::string_view name,
                                        ReadText read) {
  FieldFaults gathered;
  ObjectReader reader(json, "", gathered);
  std::string value = (reader.*read)(name, kRequired).value_or("");
  reader.finish();
  auto faults = std::move(gathered).take();
  if (!faults.empty()) return domain::validation_error(std::move(faults));
  return value;
}

domain::Result<std::pair<std::string, std::string>> two_secrets(const JsonValue& json,
                                                                std::string_view first,
                                                                std::string_view second) {
  FieldFaults gathered;
  ObjectReader reader(json, "", gathered);
  std::pair secrets{reader.secret(first, kRequired).value_or(""),
                    reader.secret(second, kRequired).value_or("")};
  reader.finish();
  auto faults = std::move(gathered).take();
  if (!faults.empty()) return domain::validation_error(std::move(faults));
  return secrets;
}

}  // namespace

domain::Result<domain::NewAccount> decode_new_account(const JsonValue& json) {
  FieldFaults gathered;
  ObjectReader reader(json, "", gathered);
  domain::NewAccount wanted;
  wanted.email = reader.text("email", kRequired).value_or("");
  wanted.display_name = reader.text("display_name", kRequired).value_or("");
  wanted.password = reader.secret("password", kRequired).value_or("");
  reader.finish();
  auto faults = std::move(gathered).take();
  if (faults.empty()) return wanted;
  add_unrelated(faults, domain::faults_of(wanted));
  return domain::validation_error(std::move(faults));
}

domain::Result<Credentials> decode_credentials(const JsonValue& json) {
  FieldFaults gathered;
  ObjectReader reader(json, "", gathered);
  Credentials credentials;
  credentials.email = reader.text("email", kRequired).value_or("");
  credentials.password = reader.secret("password", kRequired).value_or("");
  reader.finish();
  auto faults = std::move(gathered).take();
  if (!faults.empty()) return domain::validation_error(std::move(faults));
  return credentials;
}

domain::Result<std::string> decode_refresh_token(const JsonValue& json) {
  return only_member(json, "refresh_token", &ObjectReader::secret);
}

domain::Result<PasswordChange> decode_password_change(const JsonValue& json) {
  auto secrets = two_secrets(json, "current_password", "new_password");
  if (!secrets) return std::move(secrets).error();
  return PasswordChange{std::move(secrets->first), std::move(secrets->second)};
}

domain::Result<std::string> decode_password(const JsonValue& json) {
  return only_member(json, "password", &ObjectReader::secret);
}

domain::Result<std::string> decode_reset_request(const JsonValue& json) {
  return only_member(json, "email", &ObjectReader::text);
}

domain::Result<PasswordReset> decode_password_reset(const JsonValue& json) {
  auto secrets = two_secrets(json, "token", "new_password");
  if (!secrets) return std::move(secrets).error();
  return PasswordReset{std::move(secrets->first), std::move(secrets->second)};
}

std::string encode_account(const domain::Account& account) {
  telemetry::JsonWriter json;
  json.begin_object()
      .member("id", account.id.to_string())
      .member("email", account.email)
      .member("display_name", account.display_name)
      .member("role", name_of(account.role))
      .member("created_at", domain::format_rfc3339(account.created_at))
      .end_object();
  return json.take();
}

std::string encode_token_pair(const domain::TokenPair& tokens) {
  telemetry::JsonWriter json;
  json.begin_object()
      .member("access_token", tokens.access_token)
      .member("token_type", "Bearer")
      .member("expires_in", tokens.access_lifetime.count())
      .member("refresh_token", tokens.refresh_token)
      .member("refresh_expires_in", tokens.refresh_lifetime.count())
      .end_object();
  return json.take();
}

}  // namespace vigie::http
