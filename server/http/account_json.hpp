#pragma once

#include <string>

#include "server/domain/accounts.hpp"
#include "server/domain/session.hpp"
#include "server/http/json.hpp"

namespace vigie::http {

struct Credentials {
  std::string email;
  std::string password;
};

/// kValidationFailed with all faults at once, as for every decoder.
domain::Result<domain::NewAccount> decode_new_account(const JsonValue& json);
domain::Result<Credentials> decode_credentials(const JsonValue& json);
/// The refresh token of `{"refresh_token": …}`.
domain::Result<std::string> decode_refresh_token(const JsonValue& json);

struct PasswordChange {
  std::string current;
  std::string wanted;
};
domain::Result<PasswordChange> decode_password_change(const JsonValue& json);
/// The password of `{"password": …}`.
domain::Result<std::string> decode_password(const JsonValue& json);
/// The address of `{"email": …}`: any text, since what is none is answered like one.
domain::Result<std::string> decode_reset_request(const JsonValue& json);

struct PasswordReset {
  std::string token;
  std::string wanted;
};
domain::Result<PasswordReset> decode_password_reset(const JsonValue& json);

/// Without the password's hash.
std::string encode_account(const domain::Account& account);
/// As an OAuth 2.0 token response (RFC 6749, 5.1).
std::string encode_token_pair(const domain::TokenPair& tokens);

}  // namespace vigie::http
