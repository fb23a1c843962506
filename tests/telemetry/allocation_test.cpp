#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>

#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/catalogue/spans.hpp"
#include "telemetry/ledger.hpp"
#include "telemetry/log.hpp"
#include "telemetry/trace.hpp"
#include "telemetry/tracer.hpp"
#include "tests/fakes/fake_telemetry_clock.hpp"

// A program of its own: it counts the allocations of the calling thread.
namespace {

constinit thread_local std::size_t t_allocations = 0;

void* count_and_allocate(std::size_t size) noexcept {
  ++t_allocations;
  return std::malloc(size);
}

}  // namespace

// Every form that is used: AddressSanitizer's own ones would not match our delete. Not in line: the
// compiler would see free() of what it takes for memory of new.
[[gnu::noinline]] void* operator new(std::size_t size) {
  void* memory = count_and_allocate(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return count_and_allocate(size);
}
[[gnu::noinline]] void* operator new[](std::size_t size) { return operator new(size); }
[[gnu::noinline]] void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return count_and_allocate(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace vigie::telemetry {
namespace {

template <typename Action>
std::size_t allocations_of(const Action& action) {
  const std::size_t before = t_allocations;
  action();
  return t_allocations - before;
}

class NullSink final : public TraceSink {
 public:
  bool offer(std::unique_ptr<TraceBuffer>& trace) noexcept override {
    trace.reset();
    return true;
  }
};

class AllocationTest : public testing::Test {
 protected:
  static void record_query(Trace& trace) {
    Span span(&trace, spans::kDbQuery);
    span.set(attributes::kDbSystemName, "postgresql");
    span.set(attributes::kDbQuerySummary, "event_list");
    span.set(attributes::kDbOperationName, "SELECT");
    span.set(attributes::kDbReturnedRows, 20);
  }
  void record_ten_spans() {
    Trace trace(tracer_, {});
    const Span root(&trace, spans::kHttpServer);
    for (int i = 0; i < 9; ++i) record_query(trace);
  }

  fakes::FakeTelemetryClock clock_;
  Ledger ledger_;
  NullSink sink_;
  Tracer tracer_{{SamplerKind::kTraceIdRatio, 0.0}, clock_, ledger_, &sink_};
};

TEST_F(AllocationTest, IsCounted) {
  EXPECT_EQ(allocations_of([] { const std::string text(100, 'x'); }), 1);
}

TEST_F(AllocationTest, ASpanOfFourAttributesMakesNone) {
  record_ten_spans();
  Trace trace(tracer_, {});
  EXPECT_EQ(allocations_of([&] { record_query(trace); }), 0);
}

// The thread's first traces make the memory that later ones use again.
TEST_F(AllocationTest, ATraceOfTenSpansMakesNone) {
  record_ten_spans();
  EXPECT_EQ(allocations_of([&] { record_ten_spans(); }), 0);
  EXPECT_EQ(ledger_.account(Signal::kTraces).sampled_out, 20);
}

// A kept trace takes its memory along: the next one makes a buffer of its own.
TEST_F(AllocationTest, AKeptTraceOfTenSpansMakesItsBuffer) {
  tracer_.sampler().set_ratio(1.0);
  record_ten_spans();
  EXPECT_LE(allocations_of([&] { record_ten_spans(); }), 3);
}

TEST_F(AllocationTest, ALogLineMakesNoneOnItsCaller) {
  const int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
  {
    Log log({"test", "0", Severity::kInfo, fd}, clock_, ledger_);
    EXPECT_EQ(allocations_of([&] {
                log.write(log_events::kHttpRequest, {},
                          {{attributes::kHttpRequestMethod, "GET"},
                           {attributes::kHttpRoute, "/api/v1/events"},
                           {attributes::kHttpResponseStatusCode, 200},
                           {attributes::kHttpRequestDuration, 0.0125}});
              }),
              0);
    EXPECT_TRUE(log.flush(std::chrono::seconds(10)));
  }
  EXPECT_EQ(ledger_.account(Signal::kLogs).created, 1);
  close(fd);
}

}  // namespace
}  // namespace vigie::telemetry
