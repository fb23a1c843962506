#pragma once

#include <string>
#include <string_view>

#include "server/domain/secrets.hpp"

namespace vigie::auth {

/// Random tokens and their SHA-256: they have 256 bits, so nothing slower is needed.
class RandomTokens : public domain::OpaqueTokens {
 public:
  std::string next() override;
  domain::TokenHash hash(std::string_view token) override;
};

}  // namespace vigie::auth
