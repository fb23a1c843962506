#pragma once

#include <string>
#include <string_view>

#include "server/domain/secrets.hpp"
#include "server/domain/share_pool.hpp"

namespace vigie::auth {

/// A hasher whose queue has a share for each caller: who asks for many hashes at once waits behind
/// the own ones, and others do not wait for all of them. kShareExceeded for who holds the share
/// already. Thread-safe.
class SharedHasher : public domain::PasswordHasher {
 public:
  SharedHasher(domain::PasswordHasher& hasher, domain::SharePool& places)
      : hasher_(hasher), places_(places) {}

  domain::Result<std::string> hash(const domain::Context& context,
                                   std::string_view password) override;
  domain::Result<bool> verify(const domain::Context& context, std::string_view password,
                              std::string_view hash) override;
  bool is_outdated(std::string_view hash) const override { return hasher_.is_outdated(hash); }

 private:
  domain::PasswordHasher& hasher_;
  domain::SharePool& places_;
};

}  // namespace vigie::auth
