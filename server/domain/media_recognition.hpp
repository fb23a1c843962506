#pragma once

#include <string_view>

namespace vigie::domain {

inline constexpr std::string_view kUnknownType = "application/octet-stream";

/// The type of the content that has this head (media_head.hpp), by the rules of each format's own
/// specification and of the WHATWG's MIME Sniffing standard. Types that are not taken are told too,
/// so that a client learns what it has sent. kUnknownType when the bytes are of none that is known.
/// Threat: the bytes are a stranger's; work is bounded by the head's length, and nothing but bytes
/// is compared.
std::string_view recognised_type(std::string_view head) noexcept;

}  // namespace vigie::domain
