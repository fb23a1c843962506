#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "server/domain/secrets.hpp"
#include "server/net/waiting.hpp"

namespace vigie::telemetry {
class Histogram;
class Metrics;
}  // namespace vigie::telemetry

namespace vigie::auth {

/// Cost of one hash. The default is OWASP's for argon2id.
struct Argon2Cost {
  std::uint32_t memory_kib = 19'456;
  std::uint32_t passes = 2;
  std::uint32_t lanes = 1;
};

/// argon2id (RFC 9106) on a bounded pool. Hashes of other costs are verified at theirs.
class Argon2Hasher : public domain::PasswordHasher {
 public:
  /// Pool and metrics outlive the hasher.
  Argon2Hasher(net::CpuPool& pool, telemetry::Metrics& metrics, Argon2Cost cost = {});

  domain::Result<std::string> hash(const domain::Context& context,
                                   std::string_view password) override;
  domain::Result<bool> verify(const domain::Context& context, std::string_view password,
                              std::string_view hash) override;
  bool is_outdated(std::string_view hash) const override;

 private:
  struct Job;

  /// Runs the job on the pool; its result is in the job when this succeeds.
  domain::Result<void> run(const domain::Context& context, const std::shared_ptr<Job>& job,
                           void (Job::*work)());

  net::CpuPool& pool_;
  telemetry::Histogram& duration_;
  const Argon2Cost cost_;
  /// How every hash of this cost begins.
  const std::string prefix_;
  /// Of no password, and as costly to verify as a real one.
  const std::string dummy_hash_;
};

}  // namespace vigie::auth
