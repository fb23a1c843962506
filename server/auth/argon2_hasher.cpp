#include "server/auth/argon2_hasher.hpp"

#include <argon2.h>
#include <openssl/crypto.h>

#include <array>
#include <atomic>
#include <chrono>
#include <utility>

#include "server/crypto/random_bytes.hpp"
#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/catalogue/spans.hpp"
#include "telemetry/metrics.hpp"
#include "telemetry/trace.hpp"

namespace vigie::auth {
namespace {

constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHashBytes = 32;

/// Algorithm, version and cost in PHC string format; salt and hash follow.
std::string prefix_of(const Argon2Cost& cost) {
  return "$argon2id$v=19$m=" + std::to_string(cost.memory_kib) +
         ",t=" + std::to_string(cost.passes) + ",p=" + std::to_string(cost.lanes) + "$";
}

/// With a salt and a hash of zeros.
std::string dummy_hash(std::string prefix) {
  return std::move(prefix) + std::string(22, 'A') + "$" + std::string(43, 'A');
}

std::size_t encoded_bytes(const Argon2Cost& cost) {
  return argon2_encodedlen(cost.passes, cost.memory_kib, cost.lanes, kSaltBytes, kHashBytes,
                           Argon2_id);
}

domain::Error broken(int code) {
  return {.code = domain::Code::kInternal,
          .detail = std::string("argon2: ") + argon2_error_message(code)};
}

domain::Result<void> outcome_of(net::CpuPool::Outcome outcome) {
  switch (outcome) {
    case net::CpuPool::Outcome::kDone:
      return {};
    case net::CpuPool::Outcome::kRefused:
      return domain::Error{.code = domain::Code::kOverloaded,
                           .message = "Too many sign-ins at the moment.",
                           .detail = "the queue for password hashes is full"};
    case net::CpuPool::Outcome::kTimedOut:
      break;
  }
  return domain::Error{.code = domain::Code::kDeadlineExceeded,
                       .message = "The request took too long.",
                       .detail = "the deadline passed before the password hash was done"};
}

}  // namespace

/// What one computation touches. Its owners are the fiber that waits and the pool's thread, since
/// the fiber leaves first when its deadline passes.
struct Argon2Hasher::Job {
  Job(std::string_view secret, const Argon2Cost& wanted) : password(secret), cost(wanted) {}
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  ~Job() { OPENSSL_cleanse(password.data(), password.size()); }

  void make_hash() {
    encoded.resize(encoded_bytes(cost));
    code = argon2id_hash_encoded(cost.passes, cost.memory_kib, cost.lanes, password.data(),
                                 password.size(), salt.data(), salt.size(), kHashBytes,
                                 encoded.data(), encoded.size());
    encoded.resize(std::char_traits<char>::length(encoded.c_str()));
  }
  void verify() { code = argon2id_verify(encoded.c_str(), password.data(), password.size()); }

  std::string password;
  Argon2Cost cost;
  std::array<std::uint8_t, kSaltBytes> salt{};
  std::string encoded;
  int code = ARGON2_OK;
  std::atomic<bool> is_abandoned{false};
};

Argon2Hasher::Argon2Hasher(net::CpuPool& pool, telemetry::Metrics& metrics, Argon2Cost cost)
    : pool_(pool),
      duration_(metrics.histogram(telemetry::metrics::kPasswordHashDuration)),
      cost_(cost),
      prefix_(prefix_of(cost)),
      dummy_hash_(dummy_hash(prefix_)) {}

domain::Result<std::string> Argon2Hasher::hash(const domain::Context& context,
                                               std::string_view password) {
  const auto job = std::make_shared<Job>(password, cost_);
  crypto::fill_random(job->salt);
  if (auto done = run(context, job, &Job::make_hash); !done) return std::move(done).error();
  if (job->code != ARGON2_OK) return broken(job->code);
  return job->encoded;
}

domain::Result<bool> Argon2Hasher::verify(const domain::Context& context, std::string_view password,
                                          std::string_view hash) {
  const auto job = std::make_shared<Job>(password, cost_);
  job->encoded = hash.empty() ? dummy_hash_ : std::string(hash);
  if (auto done = run(context, job, &Job::verify); !done) return std::move(done).error();
  if (job->code != ARGON2_OK && job->code != ARGON2_VERIFY_MISMATCH) return broken(job->code);
  return job->code == ARGON2_OK && !hash.empty();
}

bool Argon2Hasher::is_outdated(std::string_view hash) const { return !hash.starts_with(prefix_); }

domain::Result<void> Argon2Hasher::run(const domain::Context& context,
                                       const std::shared_ptr<Job>& job, void (Job::*work)()) {
  telemetry::Span span(context.trace, telemetry::spans::kPasswordHash);
  const auto began_at = std::chrono::steady_clock::now();
  const auto outcome = pool_.run(
      [job, work] {
        if (!job->is_abandoned.load(std::memory_order_relaxed)) (job.get()->*work)();
      },
      context.deadline, domain::Caller::of(context));
  auto result = outcome_of(outcome);
  if (!result) {
    job->is_abandoned.store(true, std::memory_order_relaxed);
    span.error(domain::name_of(result.error().code));
    return result;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began_at;
  duration_.observe(took.count(), context.trace);
  return result;
}

}  // namespace vigie::auth
