#include "server/app/run_marker.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "telemetry/catalogue/metrics.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace vigie::app {
namespace {

class RunMarkers : public ::testing::Test {
 protected:
  RunMarker start() { return RunMarker(directory_.path() / "spool", metrics_); }
  double remembered() { return metrics_.gauge(telemetry::metrics::kStartsRemembered).value(); }

  fakes::TemporaryDirectory directory_;
  telemetry::Metrics metrics_{telemetry::metrics::kAll};
};

TEST_F(RunMarkers, CountNoFirstStartAndNoneAfterAnEndThatWasAskedFor) {
  start().ended();
  EXPECT_EQ(start().unclean_starts(), 0U);
  EXPECT_EQ(remembered(), 1);
}

TEST_F(RunMarkers, CountEachStartAfterAnEndThatNobodyAskedFor) {
  EXPECT_EQ(start().unclean_starts(), 0U);
  EXPECT_EQ(start().unclean_starts(), 1U);
  RunMarker third = start();
  EXPECT_EQ(third.unclean_starts(), 2U);
  third.ended();
  EXPECT_EQ(start().unclean_starts(), 2U);
  EXPECT_EQ(start().unclean_starts(), 3U);
}

TEST_F(RunMarkers, RememberNothingWithoutADirectoryAndFailNobody) {
  RunMarker nowhere({}, metrics_);
  nowhere.ended();
  EXPECT_EQ(remembered(), 0);
  std::ofstream(directory_.path() / "file") << "in the way";
  RunMarker unwritable(directory_.path() / "file" / "spool", metrics_);
  EXPECT_EQ(unwritable.unclean_starts(), 0U);
  EXPECT_EQ(remembered(), 0);
}

TEST_F(RunMarkers, ReadADamagedFileAsNone) {
  std::filesystem::create_directories(directory_.path() / "spool");
  std::ofstream(directory_.path() / "spool/last_run") << "\xff\xfe rubbish";
  EXPECT_EQ(start().unclean_starts(), 0U);
}

}  // namespace
}  // namespace vigie::app
