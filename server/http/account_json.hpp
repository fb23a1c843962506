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

/// Without the password's hash.
std::string encode_account(const domain::Account& account);
/// As an OAuth 2.0 token response (RFC 6749, 5.1).
std::string encode_token_pair(const domain::TokenPair& tokens);

}  // namespace vigie::http
