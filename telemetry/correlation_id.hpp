#pragma once

#include <cstddef>
#include <string_view>

namespace vigie::telemetry {

inline constexpr std::size_t kCorrelationIdBytesMax = 128;

/// True for 1–128 characters of [A-Za-z0-9._-]. Anything else a client sends is replaced, so that
/// the id can stand unescaped in headers, logs and URLs.
bool is_valid_correlation_id(std::string_view id) noexcept;

}  // namespace vigie::telemetry
