#include "telemetry/recorder/log_recorder.hpp"

#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string>

#include "telemetry/catalogue/log_events.hpp"
#include "tests/telemetry/threads.hpp"

namespace vigie::telemetry {
namespace {

TraceId trace_id(std::uint8_t byte) {
  TraceId id;
  id.bytes.fill(byte);
  return id;
}

class LogRecorderTest : public testing::Test {
 protected:
  void add(const LogEventType& type, std::string_view correlation_id, const TraceId& trace,
           std::string_view detail = "x") {
    alignas(8) std::array<std::byte, 2048> place;
    const std::array<Field, 1> fields{Field{attributes::kDetail, detail}};
    LogCuts cuts;
    write_log_record(place.data(), LogRecord{&type, ++utc_ns_, trace, {}}, correlation_id, fields,
                     cuts);
    recorder_.add(*reinterpret_cast<const LogRecord*>(place.data()));
  }
  static std::string detail_of(const std::string& line) {
    return nlohmann::json::parse(line).at("vigie.detail");
  }

  std::uint64_t utc_ns_ = 1'893'456'000'000'000'000U;
  LogRecorder recorder_{std::size_t{64} * 1024, "test", "1"};
};

TEST_F(LogRecorderTest, GivesLinesAsTheLogWritesThem) {
  add(log_events::kDbUnavailable, "abc", trace_id(7), "no route");
  const auto lines = recorder_.find({});
  ASSERT_EQ(lines.size(), 1U);
  const auto json = nlohmann::json::parse(lines[0]);
  EXPECT_EQ(json.at("timestamp"), "2030-01-01T00:00:00.000000Z");
  EXPECT_EQ(json.at("severity_text"), "ERROR");
  EXPECT_EQ(json.at("event"), "db.unavailable");
  EXPECT_EQ(json.at("correlation_id"), "abc");
  EXPECT_EQ(json.at("trace_id"), trace_id(7).to_hex());
  EXPECT_EQ(json.at("service.name"), "test");
  EXPECT_EQ(json.at("vigie.detail"), "no route");
}

TEST_F(LogRecorderTest, FindsByLevelCorrelationAndTrace) {
  add(log_events::kDbRecovered, "a", trace_id(1));
  add(log_events::kDbQueryFailed, "b", trace_id(1));
  add(log_events::kDbUnavailable, "b", trace_id(2));
  EXPECT_EQ(recorder_.find({.level = Severity::kInfo}).size(), 3U);
  EXPECT_EQ(recorder_.find({.level = Severity::kWarn}).size(), 2U);
  EXPECT_EQ(recorder_.find({.level = Severity::kError}).size(), 1U);
  EXPECT_EQ(recorder_.find({.correlation_id = "b"}).size(), 2U);
  EXPECT_EQ(recorder_.find({.correlation_id = "c"}).size(), 0U);
  EXPECT_EQ(recorder_.find({.trace_id = trace_id(1)}).size(), 2U);
  EXPECT_EQ(recorder_.find({.correlation_id = "b", .trace_id = trace_id(1)}).size(), 1U);
}

TEST_F(LogRecorderTest, GivesTheLastLinesTheOldestFirst) {
  for (int i = 0; i < 10; ++i) add(log_events::kDbRecovered, "a", {}, std::to_string(i));
  const auto lines = recorder_.find({.limit = 3});
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(detail_of(lines[0]), "7");
  EXPECT_EQ(detail_of(lines[2]), "9");
  EXPECT_TRUE(recorder_.find({.limit = 0}).empty());
}

TEST_F(LogRecorderTest, ForgetsTheOldestWhenItsMemoryIsFull) {
  const std::string long_detail(200, 'd');
  for (int i = 0; i < 5000; ++i) {
    add(log_events::kDbRecovered, std::string(static_cast<std::size_t>(i % 90), 'c'), {},
        std::to_string(i) + long_detail.substr(0, static_cast<std::size_t>(i % 190)));
    EXPECT_LE(recorder_.bytes(), recorder_.bytes_max());
  }
  const auto lines = recorder_.find({.limit = 100'000});
  EXPECT_EQ(lines.size(), recorder_.count());
  ASSERT_GT(lines.size(), 150U);
  // But for a few that were rare when they came.
  int expected = 5000 - 100;
  for (auto line = lines.end() - 100; line != lines.end(); ++line) {
    EXPECT_EQ(detail_of(*line).find(std::to_string(expected++)), 0U);
  }
}

TEST_F(LogRecorderTest, FindsByTimeEventAndRoute) {
  add(log_events::kDbRecovered, "a", {}, "old");
  const std::uint64_t between = utc_ns_ + 1;
  add(log_events::kDbRecovered, "a", {}, "new");
  add(log_events::kDbUnavailable, "a", {}, "new");
  EXPECT_EQ(recorder_.find({.since_ns = between}).size(), 2U);
  LogFilter of_event;
  of_event.event = "db.recovered";
  EXPECT_EQ(recorder_.find(of_event).size(), 2U);
  of_event.since_ns = between;
  ASSERT_EQ(recorder_.find(of_event).size(), 1U);
  EXPECT_EQ(detail_of(recorder_.find(of_event)[0]), "new");
  LogFilter of_route;
  of_route.route = "/api/v1/events";
  EXPECT_TRUE(recorder_.find(of_route).empty());
}

TEST_F(LogRecorderTest, CollapsesLinesThatSayTheSame) {
  for (int i = 0; i < 250; ++i) add(log_events::kDbQueryFailed, "a", {}, "42P01: relation events");
  add(log_events::kDbQueryFailed, "a", {}, "42703: column");
  add(log_events::kDbQueryFailed, "a", {}, "waited 12 ms");
  add(log_events::kDbQueryFailed, "a", {}, "waited 1.5 ms");
  LogFilter filter;
  filter.is_collapsed = true;
  const auto lines = recorder_.find(filter);
  ASSERT_EQ(lines.size(), 3U);
  const auto many = nlohmann::json::parse(lines[0]);
  EXPECT_EQ(many.at("repeated_count"), 250);
  EXPECT_EQ(many.at("first_timestamp"), "2030-01-01T00:00:00.000000Z");
  EXPECT_FALSE(nlohmann::json::parse(lines[1]).contains("repeated_count"));
  EXPECT_EQ(detail_of(lines[2]), "waited 1.5 ms");
  EXPECT_EQ(recorder_.find({.limit = 1000}).size(), 253U) << "each is held";
}

TEST_F(LogRecorderTest, ABurstOfOnePairDoesNotDriveOutTheRest) {
  add(log_events::kConfigChanged, "a", {});
  add(log_events::kDbUnavailable, "a", {}, "no route");
  for (int i = 0; i < 20'000; ++i) {
    utc_ns_ += 1'000'000;
    add(log_events::kDbQueryFailed, "a", {}, "57014: cancelled");
  }
  LogFilter filter;
  filter.level = Severity::kWarn;
  filter.is_collapsed = true;
  const auto lines = recorder_.find(filter);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(detail_of(lines[0]), "no route");
  EXPECT_EQ(nlohmann::json::parse(lines[1]).at("repeated_count"), 20'000);
  LogFilter changes;
  changes.event = "config.changed";
  EXPECT_EQ(recorder_.find(changes).size(), 1U);
}

TEST_F(LogRecorderTest, CountsTheKindsOfWhatWentWrong) {
  add(log_events::kDbRecovered, "a", {}, "fine");
  for (int i = 0; i < 3; ++i) add(log_events::kDbQueryFailed, "a", trace_id(9), "42P01: no table");
  add(log_events::kDbUnavailable, "a", {}, "no route");
  const auto kinds = recorder_.kinds(Severity::kWarn, 10);
  ASSERT_EQ(kinds.size(), 2U);
  EXPECT_EQ(kinds[0].event, "db.unavailable");
  EXPECT_EQ(kinds[1].detail, "42P01: no table");
  EXPECT_EQ(kinds[1].count, 3U);
  EXPECT_LT(kinds[1].first_ns, kinds[1].last_ns);
  EXPECT_EQ(nlohmann::json::parse(kinds[1].example).at("trace_id"), trace_id(9).to_hex());
  EXPECT_EQ(recorder_.kinds(Severity::kWarn, 1).size(), 1U);
}

TEST_F(LogRecorderTest, BoundsTheKindsThatItCounts) {
  for (int i = 0; i < 3000; ++i) {
    add(log_events::kDbUnavailable, "a", {}, "host" + std::to_string(i) + "x");
  }
  EXPECT_EQ(recorder_.kinds(Severity::kWarn, 10'000).size(), LineKinds::kKindsMax);
}

TEST_F(LogRecorderTest, LeavesOutARecordThatIsTooLarge) {
  RecordRing ring(1024);
  const std::array<std::byte, 1024> record{};
  ring.push(record.data(), record.size());
  EXPECT_EQ(ring.count(), 0U);
  for (std::size_t size = 0; size < 200; ++size) ring.push(record.data(), size);
  EXPECT_GT(ring.count(), 3U);
  EXPECT_LE(ring.used_bytes(), ring.capacity());
}

TEST_F(LogRecorderTest, IsReadWhileTheLogsThreadWrites) {
  std::atomic<bool> is_over{false};
  const auto readers = start_threads(2, [&] {
    while (!is_over) EXPECT_LE(recorder_.find({.level = Severity::kInfo}).size(), 100U);
  });
  for (int i = 0; i < 3000; ++i) add(log_events::kDbRecovered, "a", trace_id(3));
  is_over = true;
}

}  // namespace
}  // namespace vigie::telemetry
