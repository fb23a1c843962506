#pragma once

#include <atomic>
#include <cstdint>

#include "server/domain/id_source.hpp"

namespace vigie::fakes {

/// Predictable ids that grow: 00000000-0000-7000-8000-000000000001, …2, … Thread-safe.
class FakeIdSource : public domain::IdSource {
 public:
  domain::Uuid next() override { return nth(++count_); }

  static domain::Uuid nth(std::uint64_t n) {
    domain::Uuid uuid;
    uuid.bytes[6] = 0x70;
    uuid.bytes[8] = 0x80;
    for (int i = 15; i > 8; --i, n >>= 8) {
      uuid.bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(n & 0xff);
    }
    return uuid;
  }

 private:
  std::atomic<std::uint64_t> count_{0};
};

}  // namespace vigie::fakes
