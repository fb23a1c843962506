#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/domain/accounts.hpp"
#include "server/domain/result.hpp"

namespace vigie::domain {

/// Everything that is wrong with the wanted account, as JSON pointers; empty when acceptable.
std::vector<FieldFault> faults_of(const NewAccount& wanted);

/// Everything that is wrong with `password` for that account, at `pointer`.
std::vector<FieldFault> faults_of_password(std::string_view password, const Account& account,
                                           std::string_view pointer);

Error account_not_found();

/// What HTML calls a valid e-mail address, within the limit: ASCII, one '@', host labels of
/// letters, digits and inner hyphens.
bool is_email(std::string_view text);

/// The form in which addresses are stored and compared: ASCII lower case.
std::string normalised_email(std::string_view email);

}  // namespace vigie::domain
