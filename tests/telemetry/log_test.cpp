#include "telemetry/log.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/catalogue/spans.hpp"
#include "telemetry/log_record.hpp"
#include "telemetry/pipeline/byte_ring.hpp"
#include "telemetry/pipeline/log_output.hpp"
#include "telemetry/pipeline/log_writer.hpp"
#include "telemetry/trace.hpp"
#include "tests/fakes/captured_telemetry.hpp"
#include "tests/telemetry/threads.hpp"

namespace vigie::telemetry {
namespace {

using nlohmann::json;

class LogTest : public testing::Test {
 protected:
  json only_line() {
    const std::vector<std::string> lines = told_.log_lines();
    EXPECT_EQ(lines.size(), 1);
    return json::parse(lines.at(0));
  }
  Account account() const { return told_.ledger.account(Signal::kLogs); }

  fakes::CapturedTelemetry told_;
};

TEST_F(LogTest, WritesOneObjectALine) {
  Trace trace(told_.tracer, {});
  const Span span(&trace, spans::kHttpServer);
  told_.log.write(log_events::kHttpRequest, context_of(&trace, "order-7"),
                  {{attributes::kHttpRequestMethod, "GET"},
                   {attributes::kHttpResponseStatusCode, 200},
                   {attributes::kHttpRequestDuration, 0.0125},
                   {attributes::kUserAgent, "curl \"7\"\n"}});
  const json line = only_line();
  EXPECT_EQ(line["severity_text"], "INFO");
  EXPECT_EQ(line["event"], "http.request");
  EXPECT_EQ(line["message"], "request answered");
  EXPECT_EQ(line["trace_id"], trace.trace_id().to_hex());
  EXPECT_EQ(line["span_id"], trace.span_id().to_hex());
  EXPECT_EQ(line["correlation_id"], "order-7");
  EXPECT_EQ(line["service.name"], "test");
  EXPECT_EQ(line["service.version"], "0");
  EXPECT_EQ(line["http.request.method"], "GET");
  EXPECT_EQ(line["http.response.status_code"], 200);
  EXPECT_EQ(line["http.server.request.duration"], 0.0125);
  EXPECT_EQ(line["user_agent.name"], "curl \"7\"\n");
}

TEST_F(LogTest, WritesTheSameLineForTheSameEvent) {
  told_.log.write(log_events::kReadinessChanged, {},
                  {{attributes::kReady, true}, {attributes::kReason, "db"}});
  told_.clock.advance(61'000'002'000);
  told_.log.write(log_events::kServerStopped, {}, {});
  const std::vector<std::string> lines = told_.log_lines();
  ASSERT_EQ(lines.size(), 2);
  EXPECT_EQ(lines[0],
            R"({"timestamp":"2030-01-01T00:00:00.001001Z","severity_text":"INFO",)"
            R"("event":"readiness.changed","message":"readiness changed","service.name":"test",)"
            R"("service.version":"0","vigie.ready":true,"vigie.reason":"db"})");
  EXPECT_EQ(json::parse(lines[1])["timestamp"], "2030-01-01T00:01:01.001003Z");
}

TEST_F(LogTest, LeavesOutWhatTheEventDoesNotDeclare) {
  told_.log.write(log_events::kServerStopped, {},
                  {{attributes::kReason, "signal"},
                   {attributes::kUserAgent, "canary"},
                   {attributes::kReason, "twice"}});
  const json line = only_line();
  EXPECT_EQ(line["vigie.reason"], "signal");
  EXPECT_FALSE(line.contains("user_agent.name"));
  EXPECT_EQ(told_.ledger.cuts(CutReason::kUndeclared), 2);
}

TEST_F(LogTest, LeavesOutAbsentValuesAndCutsLongOnes) {
  told_.log.write(
      log_events::kHttpRequest, {{}, {}, std::string(500, 'c')},
      {{attributes::kUserId, AttributeValue()}, {attributes::kUrlPath, std::string(1000, '/')}});
  const json line = only_line();
  EXPECT_FALSE(line.contains("user.id"));
  EXPECT_FALSE(line.contains("trace_id"));
  EXPECT_EQ(line["url.path"], std::string(kAttributeBytesMax, '/'));
  EXPECT_EQ(line["correlation_id"], std::string(128, 'c'));
  EXPECT_EQ(told_.ledger.cuts(CutReason::kTooLong), 1);
}

TEST_F(LogTest, RepairsTextThatIsNoUtf8) {
  told_.log.write(log_events::kHttpRequest, {}, {{attributes::kUrlPath, "/\xff"}});
  EXPECT_EQ(only_line()["url.path"], "/\xEF\xBF\xBD");
}

TEST_F(LogTest, ChangesItsLevelAtRunTime) {
  told_.log.set_level(Severity::kWarn);
  told_.log.write(log_events::kHttpRequest, {}, {});
  EXPECT_TRUE(told_.log_lines().empty());
  EXPECT_EQ(account().created, 0) << "what the level leaves out is not created";
  told_.log.set_level(Severity::kDebug);
  told_.log.write(log_events::kHttpProbe, {}, {});
  EXPECT_EQ(only_line()["severity_text"], "DEBUG");
  told_.log.set_level(Severity::kOff);
  told_.log.write(log_events::kInternalError, {}, {});
  EXPECT_EQ(account().created, 1);
}

TEST_F(LogTest, LosesNothingFromManyThreads) {
  run_in_threads(4, [this] {
    for (int n = 0; n < 1000; ++n) {
      told_.log.write(log_events::kHttpRequest, {{}, {}, "c"},
                      {{attributes::kHttpResponseStatusCode, n}});
    }
  });
  const std::vector<std::string> lines = told_.log_lines();
  EXPECT_EQ(lines.size() + account().dropped_total(), 4000);
  EXPECT_EQ(account().exported, lines.size());
  EXPECT_TRUE(account().is_balanced());
  for (const std::string& line : lines) EXPECT_TRUE(json::accept(line));
}

TEST(Log, DropsAndCountsWhenNobodyReads) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  const fakes::FakeTelemetryClock clock;
  Ledger ledger;
  std::uint64_t written = 0;
  {
    Log log({"test", "0", Severity::kInfo, ends[1], std::size_t{16} * 1024}, clock, ledger);
    const auto write_many = [&](int count) {
      for (int i = 0; i < count; ++i) {
        log.write(log_events::kHttpRequest, {},
                  {{attributes::kUrlPath, std::string(kAttributeBytesMax, 'x')}});
      }
      written += static_cast<std::uint64_t>(count);
    };
    // The pipe takes some 64 KiB, then the writer is stuck.
    do {
      write_many(30);
    } while (log.flush(std::chrono::milliseconds(50)) && written < 10'000);
    EXPECT_LT(written, 10'000);
    write_many(5'000);
    EXPECT_TRUE(ledger.account(Signal::kLogs).is_balanced());
    log.stop(std::chrono::milliseconds(1));
    write_many(1);
  }
  const Account account = ledger.account(Signal::kLogs);
  EXPECT_EQ(account.created, written);
  EXPECT_GT(account.exported, 0);
  EXPECT_GT(account.dropped[static_cast<std::size_t>(DropReason::kQueueFull)], 1000);
  EXPECT_GT(account.dropped[static_cast<std::size_t>(DropReason::kShutdown)], 0);
  EXPECT_EQ(account.queued, 0);
  EXPECT_TRUE(account.is_balanced());
  close(ends[0]);
  close(ends[1]);
}

TEST(Log, CountsLinesThatTheFdRefuses) {
  const fakes::FakeTelemetryClock clock;
  Ledger ledger;
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  Log log({"test", "0", Severity::kInfo, ends[1]}, clock, ledger);
  close(ends[0]);
  log.write(log_events::kServerStopped, {}, {});
  EXPECT_TRUE(log.flush(std::chrono::seconds(10)));
  EXPECT_EQ(
      ledger.account(Signal::kLogs).dropped[static_cast<std::size_t>(DropReason::kWriteFailed)], 1);
  close(ends[1]);
}

TEST(ByteRing, KeepsOrderAcrossItsEnd) {
  ByteRing ring(256);
  std::uint64_t written = 0;
  std::uint64_t read = 0;
  for (int round = 0; round < 200; ++round) {
    const std::size_t bytes = 8 + written % 11 * 8;
    while (ByteRing::Push::kTaken == ring.push(bytes, [&](std::byte* place) {
      new (place) std::uint64_t(written++);
      return bytes;
    })) {
    }
    while (ring.pop([&](const std::byte* place) {
      EXPECT_EQ(*reinterpret_cast<const std::uint64_t*>(place), read++);
    })) {
    }
    EXPECT_TRUE(ring.is_empty());
  }
  EXPECT_EQ(read, written);
  EXPECT_GT(read, 400);
}

TEST(ByteRing, RefusesWhatDoesNotFit) {
  ByteRing ring(128);
  const auto take = [](std::byte*) { return std::size_t{64}; };
  EXPECT_EQ(ring.push(1024, take), ByteRing::Push::kFull);
  EXPECT_EQ(ring.push(64, take), ByteRing::Push::kTaken);
  EXPECT_EQ(ring.push(64, take), ByteRing::Push::kFull);
}

TEST(ByteRing, IsBusyWhileAWriterIsInIt) {
  ByteRing ring(256);
  const auto take = [](std::byte*) { return std::size_t{64}; };
  ring.push(64, [&](std::byte*) {
    EXPECT_EQ(ring.push(64, take), ByteRing::Push::kBusy);
    return std::size_t{64};
  });
  EXPECT_EQ(ring.push(64, take), ByteRing::Push::kTaken);
}

class CountingOutput final : public LogOutput {
 public:
  explicit CountingOutput(std::atomic<int>& count) : count_(count) {}
  void add(const LogRecord&) override { ++count_; }
  bool pass_on(bool) override { return true; }
  bool flush(std::chrono::milliseconds) override { return true; }
  void give_up() noexcept override {}

 private:
  std::atomic<int>& count_;
};

TEST(LogWriter, TakesALineWhileAnotherWriterIsInterrupted) {
  std::atomic<int> count{0};
  LogWriter writer(1024, std::make_unique<CountingOutput>(count));
  const auto write = [](std::byte* place) {
    new (place) LogRecord{};
    return sizeof(LogRecord);
  };
  writer.push(sizeof(LogRecord), [&](std::byte* place) {
    EXPECT_TRUE(writer.push(sizeof(LogRecord), write));
    return write(place);
  });
  EXPECT_TRUE(writer.flush(std::chrono::seconds(20)));
  EXPECT_EQ(count, 2);
}

}  // namespace
}  // namespace vigie::telemetry
