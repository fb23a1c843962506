#include "server/auth/argon2_hasher.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "server/domain/sessions.hpp"
#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/metrics.hpp"
#include "telemetry/trace.hpp"
#include "telemetry/trace_buffer.hpp"
#include "telemetry/tracer.hpp"
#include "tests/fakes/fake_account_store.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_cpu_pool.hpp"
#include "tests/fakes/fake_id_source.hpp"
#include "tests/fakes/fake_secrets.hpp"
#include "tests/fakes/fake_session_store.hpp"
#include "tests/fakes/fake_sign_in_allowance_store.hpp"

namespace vigie::auth {
namespace {

using domain::Code;
using Outcome = net::CpuPool::Outcome;

constexpr std::string_view kPassword = "correct horse battery";
constexpr Argon2Cost kCheap{.memory_kib = 64, .passes = 1, .lanes = 1};

/// Keeps "name" or "name!error" of each span it is offered.
class SpanNames : public telemetry::TraceSink {
 public:
  bool offer(std::unique_ptr<telemetry::TraceBuffer>& trace) noexcept override {
    trace->for_each_span([&](const telemetry::SpanRecord& span) {
      names.push_back(std::string(trace->name_of(span)) + (span.is_error ? "!error" : ""));
    });
    trace.reset();
    return true;
  }
  std::vector<std::string> names;
};

class Argon2Test : public testing::Test {
 protected:
  std::uint64_t observations() {
    const auto counts = metrics_.histogram(telemetry::metrics::kPasswordHashDuration).counts();
    std::uint64_t sum = 0;
    for (const std::uint64_t count : counts) sum += count;
    return sum;
  }
  /// The names of the spans of `work`, called with a context that has a trace.
  template <typename Work>
  std::vector<std::string> spans_of(const Work& work) {
    SpanNames sink;
    const telemetry::SystemClock clock;
    telemetry::Ledger ledger;
    telemetry::Tracer tracer({}, clock, ledger, &sink);
    telemetry::Trace trace(tracer, std::nullopt);
    domain::Context context;
    context.trace = &trace;
    work(context);
    trace.finish();
    return sink.names;
  }

  fakes::FakeCpuPool pool_;
  telemetry::Metrics metrics_{telemetry::metrics::kAll};
  Argon2Hasher hasher_{pool_, metrics_, kCheap};
  domain::Context context_;
};

TEST_F(Argon2Test, VerifiesWhatItHashedAndNothingElse) {
  const std::string hash = *hasher_.hash(context_, kPassword);
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$")) << hash;
  EXPECT_NE(*hasher_.hash(context_, kPassword), hash);
  EXPECT_TRUE(*hasher_.verify(context_, kPassword, hash));
  EXPECT_FALSE(*hasher_.verify(context_, "correct horse batterz", hash));
  EXPECT_FALSE(*hasher_.verify(context_, "", hash));
}

TEST_F(Argon2Test, KnowsAVectorOfTheReferenceImplementation) {
  const std::string_view hash =
      "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
  EXPECT_TRUE(*hasher_.verify(context_, "password", hash));
  EXPECT_FALSE(*hasher_.verify(context_, "passwore", hash));
}

TEST_F(Argon2Test, TellsHashesOfAnotherCost) {
  const std::string hash = *hasher_.hash(context_, kPassword);
  EXPECT_FALSE(hasher_.is_outdated(hash));
  for (const Argon2Cost& cost : {Argon2Cost{.memory_kib = 640, .passes = 1, .lanes = 1},
                                 Argon2Cost{.memory_kib = 64, .passes = 2, .lanes = 1},
                                 Argon2Cost{.memory_kib = 64, .passes = 1, .lanes = 2}}) {
    const Argon2Hasher other(pool_, metrics_, cost);
    EXPECT_TRUE(other.is_outdated(hash)) << cost.memory_kib << " " << cost.passes;
  }
  EXPECT_TRUE(hasher_.is_outdated("$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$aGFzaA"));
}

TEST_F(Argon2Test, AnEmptyHashNeverMatches) {
  EXPECT_FALSE(*hasher_.verify(context_, kPassword, ""));
  EXPECT_FALSE(*hasher_.verify(context_, "", ""));
  EXPECT_EQ(observations(), 2U);
}

TEST_F(Argon2Test, ABrokenHashIsAnInternalErrorWithoutItsText) {
  const auto refused = hasher_.verify(context_, kPassword, "$2y$10$bcrypt");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kInternal);
  EXPECT_EQ(refused.error().detail.find("bcrypt"), std::string::npos);
}

TEST_F(Argon2Test, SaysThatThePoolIsFull) {
  pool_.answer_with(Outcome::kRefused);
  EXPECT_EQ(hasher_.hash(context_, kPassword).error().code, Code::kOverloaded);
  EXPECT_EQ(hasher_.verify(context_, kPassword, "").error().code, Code::kOverloaded);
}

TEST_F(Argon2Test, LeavesAtTheDeadlineAndTheWorkIsSkipped) {
  const Argon2Cost kDear{.memory_kib = 1'048'576, .passes = 10};
  Argon2Hasher dear(pool_, metrics_, kDear);
  pool_.answer_with(Outcome::kTimedOut);
  EXPECT_EQ(dear.hash(context_, kPassword).error().code, Code::kDeadlineExceeded);
  const auto began_at = std::chrono::steady_clock::now();
  pool_.run_kept();
  EXPECT_LT(std::chrono::steady_clock::now() - began_at,
            std::chrono::seconds{2});  // it costs far more
}

TEST_F(Argon2Test, RecordsDurationAndSpan) {
  EXPECT_EQ(spans_of([&](const auto& context) { EXPECT_TRUE(hasher_.hash(context, kPassword)); }),
            std::vector<std::string>{"auth.password_hash"});
  EXPECT_EQ(observations(), 1U);
  pool_.answer_with(Outcome::kRefused);
  EXPECT_EQ(spans_of([&](const auto& context) { EXPECT_FALSE(hasher_.hash(context, kPassword)); }),
            std::vector<std::string>{"auth.password_hash!error"});
  EXPECT_EQ(observations(), 1U);
}

/// Measures sign-ins with what production uses for them.
class EqualTime : public Argon2Test {
 protected:
  std::chrono::duration<double> cost_of(std::string_view email) {
    const auto began_at = std::chrono::steady_clock::now();
    EXPECT_FALSE(sessions_.login(context_, email, "not the password"));
    return std::chrono::steady_clock::now() - began_at;
  }

  Argon2Hasher costly_{pool_, metrics_, Argon2Cost{.memory_kib = 8192}};
  fakes::FakeAccountStore accounts_;
  fakes::FakeSessionStore store_{accounts_};
  fakes::FakeTokens tokens_;
  fakes::FakeClock clock_;
  fakes::FakeIdSource ids_;
  domain::Observer observer_;
  fakes::FakeSignInAllowanceStore allowances_;
  fakes::FakeMessageAuthenticator authenticator_;
  domain::SignInGuard guard_{allowances_, authenticator_, clock_, 1'000'000};
  domain::Sessions sessions_{{.accounts = accounts_,
                              .sessions = store_,
                              .guard = guard_,
                              .hasher = costly_,
                              .tokens = tokens_,
                              .clock = clock_,
                              .ids = ids_,
                              .observer = observer_},
                             {}};
};

TEST_F(EqualTime, LoginOfAnUnknownAccountTakesAsLongAsAWrongPassword) {
  const domain::Account account{.id = {ids_.next()},
                                .email = "ana@example.org",
                                .password_hash = *costly_.hash(context_, kPassword)};
  ASSERT_TRUE(accounts_.insert(context_, account));
  // Other work of the machine makes single sign-ins longer, never shorter.
  auto unknown = std::chrono::duration<double>::max();
  auto known = unknown;
  double ratio = 0;
  for (int i = 0; i < 9 || (i < 100 && (ratio < 0.5 || ratio > 2.0)); ++i) {
    unknown = std::min(unknown, cost_of("nobody@example.org"));
    known = std::min(known, cost_of("ana@example.org"));
    ratio = unknown / known;
  }
  EXPECT_GT(ratio, 0.5);
  EXPECT_LT(ratio, 2.0);
}

}  // namespace
}  // namespace vigie::auth
