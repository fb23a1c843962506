#pragma once

#include <optional>
#include <string>

#include "server/domain/content_hash.hpp"
#include "server/domain/result.hpp"
#include "server/http/message.hpp"

namespace vigie::http {

/// The SHA-256 that a request says its content has, in Content-Digest (RFC 9530), or nothing: other
/// algorithms are not looked at. All lines are one dictionary (RFC 9651, 3.2), in which the last
/// member of a name counts. kValidationFailed when a member `sha-256` is none.
domain::Result<std::optional<domain::ContentHash>> content_digest(const Request& request);

/// As the value of Content-Digest and Repr-Digest.
std::string digest_field(const domain::ContentHash& hash);

}  // namespace vigie::http
