#pragma once

#include "server/domain/id.hpp"

namespace vigie::domain {

/// Port: makes UUIDv7 values (RFC 9562, section 5.7): ordered by creation time, 74 random bits.
/// Thread-safe.
class IdSource {
 public:
  virtual ~IdSource() = default;
  virtual Uuid next() = 0;
};

}  // namespace vigie::domain
