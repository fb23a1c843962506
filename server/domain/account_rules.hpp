#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/domain/accounts.hpp"
#include "server/domain/result.hpp"

namespace vigie::domain {

/// Everything that is wrong with the wanted account, as JSON pointers; empty when acceptable. An
/// e-mail is what HTML calls a valid e-mail address: ASCII, one '@', host labels of letters, digits
/// and inner hyphens.
std::vector<FieldFault> faults_of(const NewAccount& wanted);

/// The form in which addresses are stored and compared: ASCII lower case.
std::string normalised_email(std::string_view email);

}  // namespace vigie::domain
