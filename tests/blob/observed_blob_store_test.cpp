#include "server/blob/observed_blob_store.hpp"

#include <filesystem>

#include "server/blob/blob_probe.hpp"
#include "server/blob/disk_blob_store.hpp"
#include "tests/blob/blob_fixture.hpp"
#include "tests/fakes/captured_telemetry.hpp"
#include "tests/fakes/fake_cpu_pool.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace vigie::blob::testing {
namespace {

class ObservedBlob : public ::testing::Test {
 protected:
  std::string count(const std::string& operation, const std::string& error = "") const {
    return telemetry_.metric("vigie_blob_operation_duration_seconds_count{error_type=\"" + error +
                             "\",operation=\"" + operation + "\",store=\"disk\"}");
  }
  domain::Context traced(telemetry::Trace& trace) {
    domain::Context context = within(10s);
    context.trace = &trace;
    context.correlation_id = "test-1";
    return context;
  }
  /// From now on the disk refuses: there is a file where the directory was.
  /// As a volume that is not mounted, with a file where it was.
  void break_disk() {
    std::error_code none;
    std::filesystem::rename(root_, away_, none);
    std::filesystem::copy_file("/proc/self/comm", root_);
  }
  void mend_disk() {
    std::filesystem::remove(root_);
    std::filesystem::rename(away_, root_);
  }

  fakes::TemporaryDirectory directory_;
  const std::filesystem::path root_ = directory_.path() / "store";
  const std::filesystem::path away_ = directory_.path() / "away";
  fakes::CapturedTelemetry telemetry_;
  fakes::FakeCpuPool pool_;
  DiskBlobStore disk_{pool_, root_.string()};
  ObservedBlobStore store_{disk_, telemetry_.metrics, telemetry_.log, "disk"};
};

TEST_F(ObservedBlob, EveryOperationIsCountedFromZero) {
  for (const char* operation :
       {"write_part", "hash", "join", "abandon", "put", "find", "open", "remove", "list"}) {
    EXPECT_EQ(count(operation), "0") << operation;
    EXPECT_EQ(count(operation, "unavailable"), "0") << operation;
  }
  const auto receipt = write_part(store_, {"uploads/a", 1, 0, 5}, "bytes");
  VIGIE_ASSERT_OK(receipt);
  const domain::JoinPlan plan{"uploads/a", {*receipt}};
  VIGIE_ASSERT_OK(store_.hash(within(10s), plan));
  VIGIE_ASSERT_OK(store_.join(within(10s), plan, "tests/a"));
  VIGIE_ASSERT_OK(store_.abandon(within(10s), "uploads/a"));
  VIGIE_ASSERT_OK(store_.put(within(10s), "tests/b", "x"));
  VIGIE_ASSERT_OK(store_.find(within(10s), "tests/b"));
  VIGIE_ASSERT_OK(store_.list(within(10s), "tests/", "", 10));
  EXPECT_EQ(*read(store_, "tests/a", 0, 5), "bytes");
  VIGIE_ASSERT_OK(store_.remove(within(10s), "tests/b"));
  for (const char* operation :
       {"write_part", "hash", "join", "abandon", "put", "find", "open", "remove", "list"}) {
    EXPECT_EQ(count(operation), "1") << operation;
  }
  EXPECT_TRUE(telemetry_.log_lines().empty());
}

TEST_F(ObservedBlob, AnOperationIsASpan) {
  telemetry::Trace trace(telemetry_.tracer, std::nullopt);
  auto sink = store_.write_part(traced(trace), {"uploads/a", 1, 0, 5});
  VIGIE_ASSERT_OK(sink);
  VIGIE_ASSERT_OK((*sink)->write("bytes"));
  VIGIE_ASSERT_OK((*sink)->commit());
  EXPECT_EQ(code_of(store_.open(traced(trace), "tests/none", 0, 1)), "not_found");
  trace.finish();
  const auto part = telemetry_.traces.span("blob write_part");
  EXPECT_EQ(part.attributes.at("vigie.blob.key"), "uploads/a");
  EXPECT_EQ(part.attributes.at("vigie.blob.store"), "disk");
  EXPECT_FALSE(part.is_error);
  // That something is not there is an answer, not a failure.
  EXPECT_FALSE(telemetry_.traces.span("blob open").is_error);
  EXPECT_EQ(count("open", "not_found"), "1");
}

TEST_F(ObservedBlob, AFailureIsOnTheSpanInTheLogAndCounted) {
  telemetry::Trace trace(telemetry_.tracer, std::nullopt);
  break_disk();
  const auto put = store_.put(traced(trace), "tests/a", "x");
  EXPECT_EQ(code_of(put), "unavailable");
  trace.finish();
  const auto span = telemetry_.traces.span("blob put");
  EXPECT_TRUE(span.is_error);
  EXPECT_EQ(span.attributes.at("error.type"), "unavailable");
  EXPECT_NE(span.attributes.at("vigie.detail").find("mkdir"), std::string::npos);
  EXPECT_EQ(count("put", "unavailable"), "1");
  const auto lines = telemetry_.log_lines();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].find("blob.operation_failed"), std::string::npos);
  EXPECT_NE(lines[0].find("\"test-1\""), std::string::npos);
  EXPECT_NE(lines[0].find(span.trace_id), std::string::npos);
  EXPECT_NE(lines[0].find("mkdir"), std::string::npos);
}

TEST_F(ObservedBlob, AFailedPartIsCountedOnce) {
  auto sink = store_.write_part(within(10s), {"uploads/a", 1, 0, 5});
  VIGIE_ASSERT_OK(sink);
  pool_.answer_with(net::CpuPool::Outcome::kRefused);
  EXPECT_EQ(code_of((*sink)->commit()), "overloaded");
  EXPECT_EQ(code_of((*sink)->commit()), "overloaded");
  EXPECT_EQ(count("write_part", "overloaded"), "1");
  EXPECT_EQ(count("write_part"), "0");
}

TEST_F(ObservedBlob, TheProbeSaysWhatIsFreeAndThatItIsNotKnown) {
  domain::StorageRoom room(0);
  BlobProbe probe(disk_, room, telemetry_.metrics, telemetry_.log, "disk");
  EXPECT_TRUE(room.fits(std::uint64_t{1} << 60));
  probe.probe(within(10s));
  EXPECT_FALSE(room.fits(std::uint64_t{1} << 60));
  EXPECT_GT(std::stod(telemetry_.metric("vigie_blob_free_bytes")), 0);
  break_disk();
  probe.probe(within(10s));
  EXPECT_TRUE(room.fits(std::uint64_t{1} << 60));
}

TEST_F(ObservedBlob, TheProbeTellsEachChangeOnce) {
  domain::StorageRoom room(0);
  BlobProbe probe(disk_, room, telemetry_.metrics, telemetry_.log, "disk");
  probe.probe(within(10s));
  EXPECT_EQ(telemetry_.metric("vigie_blob_store_up"), "1");
  break_disk();
  probe.probe(within(10s));
  probe.probe(within(10s));
  EXPECT_EQ(telemetry_.metric("vigie_blob_store_up"), "0");
  mend_disk();
  probe.probe(within(10s));
  EXPECT_EQ(telemetry_.metric("vigie_blob_store_up"), "1");
  const auto lines = telemetry_.log_lines();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_NE(lines[0].find("blob.unavailable"), std::string::npos);
  EXPECT_NE(lines[1].find("blob.recovered"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(root_ / "objects/probe/write"));
}

}  // namespace
}  // namespace vigie::blob::testing
