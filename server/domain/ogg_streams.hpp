#pragma once

#include <string_view>

namespace vigie::domain {

/// The type of an Ogg file (RFC 3533, RFC 5334) by what its streams begin with: all their first
/// pages come before any other page. "video/ogg" when one of them is a film's, "audio/ogg" when one
/// is a sound's, "application/ogg" when none is known here. Empty: it is no Ogg file.
std::string_view ogg_type(std::string_view head) noexcept;

}  // namespace vigie::domain
