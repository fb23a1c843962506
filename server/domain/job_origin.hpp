#pragma once

#include <string>

#include "server/domain/context.hpp"
#include "server/domain/secrets.hpp"

namespace vigie::domain {

/// What stands for the address of whoever asks (CallerKey): 16 hexadecimal digits of a keyed hash,
/// the same on all servers. Without an address: empty.
std::string job_origin(MessageAuthenticator& authenticator, const Context& context);

}  // namespace vigie::domain
