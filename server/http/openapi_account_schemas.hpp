#pragma once

#include <string_view>

namespace vigie::http {

/// Members of `components.schemas`, about the life of accounts; $name$ stands for a limit.
inline constexpr std::string_view kAccountSchemas =
    R"json("NewPassword": {"type": "string", "format": "password", "minLength": $password_characters_min$, "maxLength": $password_characters_max$, "description": "Any characters, counted as Unicode code points and kept as they are. Not blank, not made of the e-mail address or the display name, and none of those that are tried first."},
  "PasswordChange": {
    "type": "object",
    "additionalProperties": false,
    "required": ["current_password", "new_password"],
    "properties": {
      "current_password": {"type": "string", "format": "password"},
      "new_password": {"$ref": "#/components/schemas/NewPassword"}
    }
  },
  "Password": {
    "type": "object",
    "additionalProperties": false,
    "required": ["password"],
    "properties": {"password": {"type": "string", "format": "password", "description": "The account's, so that a stolen access token is not enough."}}
  },
  "ResetRequest": {
    "type": "object",
    "additionalProperties": false,
    "required": ["email"],
    "properties": {"email": {"type": "string"}}
  },
  "PasswordReset": {
    "type": "object",
    "additionalProperties": false,
    "required": ["token", "new_password"],
    "properties": {
      "token": {"type": "string", "description": "As it was sent, or handed over by the operator."},
      "new_password": {"$ref": "#/components/schemas/NewPassword"}
    }
  })json";

}  // namespace vigie::http
