#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>

#include "server/domain/clock.hpp"

namespace vigie::storage::wire {

// PostgreSQL's binary format: network byte order; timestamptz is microseconds since 2000-01-01.

/// Object ids of the types in use (pg_type.dat; they never change).
inline constexpr std::uint32_t kByteaType = 17;
inline constexpr std::uint32_t kInt8Type = 20;
inline constexpr std::uint32_t kInt4Type = 23;
inline constexpr std::uint32_t kTextType = 25;
inline constexpr std::uint32_t kFloat8Type = 701;
inline constexpr std::uint32_t kTextArrayType = 1009;
inline constexpr std::uint32_t kTimestamptzType = 1184;
inline constexpr std::uint32_t kUuidType = 2950;

inline constexpr domain::Timestamp kEpoch{
    std::chrono::sys_days{std::chrono::year{2000} / std::chrono::January / 1}};

template <std::unsigned_integral T>
void append(std::string& out, T value) {
  for (std::size_t i = sizeof(T); i-- > 0;) {
    out.push_back(static_cast<char>(static_cast<unsigned char>(value >> (8 * i))));
  }
}

/// Reads sizeof(T) bytes.
template <std::unsigned_integral T>
T read(const char* data) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>(value << 8) | static_cast<unsigned char>(data[i]);
  }
  return value;
}

}  // namespace vigie::storage::wire
