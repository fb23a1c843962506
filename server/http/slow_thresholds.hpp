#pragma once

#include <atomic>
#include <chrono>
#include <span>
#include <string_view>
#include <vector>

#include "server/http/route.hpp"

namespace vigie::http {

/// From when on a request counts as slow, route by route: what the table says, until it is changed
/// at run time. Thread-safe.
class SlowThresholds {
 public:
  using Milliseconds = std::chrono::milliseconds;

  /// Longer than any deadline.
  static constexpr Milliseconds kMax{600'000};

  /// Pre: each route knows its row.
  explicit SlowThresholds(std::span<const Route* const> routes);

  Milliseconds of(const Route& route) const noexcept;
  void set(std::size_t row, Milliseconds threshold) noexcept;

  /// By row.
  std::span<const std::string_view> operations() const noexcept { return operations_; }
  Milliseconds at(std::size_t row) const noexcept;

 private:
  std::vector<std::string_view> operations_;  // literals
  std::vector<std::atomic<Milliseconds::rep>> limits_ms_;
};

}  // namespace vigie::http
