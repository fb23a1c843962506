#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "telemetry/attribute.hpp"

namespace vigie::telemetry {

/// The attributes that a span or log event may carry: everything else is refused at recording, and
/// counted. Made at compile time, with a perfect hash of the names: a key is found in six
/// instructions, and a search was a sixth of what a span costs.
class AttributeList {
 public:
  static constexpr std::size_t kSizeMax = 16;

  consteval AttributeList() = default;
  /// Does not compile when an attribute stands twice, or there are more than kSizeMax.
  consteval AttributeList(std::initializer_list<const AttributeKey*> keys) {
    for (const AttributeKey* key : keys) keys_[size_++] = key;
    while (!places_keys()) multiplier_ += 2;
  }

  constexpr std::size_t size() const noexcept { return size_; }
  constexpr const AttributeKey* const* begin() const noexcept { return keys_.data(); }
  constexpr const AttributeKey* const* end() const noexcept { return keys_.data() + size_; }

  /// The place of `key` in the list, or kSizeMax when it is not declared.
  [[gnu::always_inline]] constexpr std::size_t index_of(const AttributeKey& key) const noexcept {
    const std::size_t index = places_[slot(key)];
    return keys_[index] == &key ? index : kSizeMax;
  }
  constexpr bool declares(const AttributeKey& key) const noexcept {
    return index_of(key) < kSizeMax;
  }

 private:
  static constexpr std::size_t kSlotBits = 6;
  static constexpr std::uint32_t kMultiplierMax = 20'001;

  constexpr std::size_t slot(const AttributeKey& key) const noexcept {
    return static_cast<std::uint32_t>(key.hash * multiplier_) >> (32 - kSlotBits);
  }
  // False when two keys want one slot. A slot that no key wants says 0, whose key is another one.
  consteval bool places_keys() {
    if (multiplier_ > kMultiplierMax) throw "an attribute stands twice";
    places_ = {};
    std::uint64_t taken = 0;
    for (std::size_t i = 0; i < size_; ++i) {
      const std::size_t place = slot(*keys_[i]);
      if ((taken >> place & 1) != 0) return false;
      taken |= std::uint64_t{1} << place;
      places_[place] = static_cast<std::uint8_t>(i);
    }
    return true;
  }

  /// Unused places are null.
  std::array<const AttributeKey*, kSizeMax> keys_{};
  std::array<std::uint8_t, std::size_t{1} << kSlotBits> places_{};
  std::uint32_t multiplier_ = 1;
  std::uint32_t size_ = 0;
};

}  // namespace vigie::telemetry
