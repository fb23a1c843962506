#pragma once

#include <array>

#include "server/domain/account.hpp"
#include "server/domain/password_rules.hpp"
#include "server/http/openapi/accounts_json.hpp"
#include "server/http/openapi_part.hpp"

namespace vigie::http::openapi {

inline constexpr auto kAccountsValues = std::to_array<OpenapiValue>({
    {.name = "roles", .list = domain::kRoleNames},
    {.name = "email_bytes_max", .limit = domain::AccountLimits::kEmailBytesMax},
    {.name = "display_name_characters_max",
     .limit = domain::AccountLimits::kDisplayNameCharactersMax},
    {.name = "password_characters_min", .limit = domain::PasswordLimits::kCharactersMin},
    {.name = "password_characters_max", .limit = domain::PasswordLimits::kCharactersMax},
});

inline constexpr OpenapiPart kAccounts{kAccountsJson, kAccountsValues};

}  // namespace vigie::http::openapi
