#include "server/app/domain_telemetry.hpp"

#include <gtest/gtest.h>

#include "server/domain/media.hpp"
#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/exposition.hpp"
#include "tests/fakes/captured_telemetry.hpp"

namespace vigie::app {
namespace {

using domain::Orphan;

/// The application's telemetry, its log in memory.
class DomainTelemetryTest : public testing::Test {
 protected:
  std::string line_of(Orphan orphan, const domain::BlobKey& key) {
    observer_.orphan_removed(context_, orphan, key);
    EXPECT_TRUE(telemetry_.flush(std::chrono::seconds(10)));
    const std::string text = file_.text();
    const std::size_t begin = text.rfind('\n', text.size() - 2) + 1;  // npos + 1: the only line
    return text.substr(begin);
  }
  std::string exposition() {
    return telemetry::exposition(telemetry_.metrics(), telemetry::Format::kClassic);
  }

  static telemetry::TelemetryConfig to(int fd) {
    telemetry::TelemetryConfig config;
    config.log_fd = fd;
    config.metrics = telemetry::metrics::kAll;
    return config;
  }

  fakes::FakeTelemetryClock clock_{1000};
  fakes::LogFile file_;
  telemetry::Telemetry telemetry_{to(file_.fd()), clock_};
  DomainTelemetry observer_{telemetry_};
  domain::Context context_{.correlation_id = "sweep-1"};
};

TEST_F(DomainTelemetryTest, TellsOfAnOrphanByTheFirstDigitsOfItsHash) {
  const std::string digits = "abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789";
  const auto hash = *domain::ContentHash::parse(digits);
  const std::string content = line_of(Orphan::kContent, domain::content_key(hash));
  EXPECT_NE(content.find(R"("event":"blob.orphan_removed")"), std::string::npos) << content;
  EXPECT_NE(content.find(R"("vigie.blob.key":"blobs/ab/abcdef012345")"), std::string::npos);
  EXPECT_NE(content.find(R"("vigie.reason":"content_unnamed")"), std::string::npos);
  EXPECT_NE(content.find(R"("correlation_id":"sweep-1")"), std::string::npos);
  const std::string preview = line_of(Orphan::kPreview, domain::preview_key(hash, "small.webp"));
  EXPECT_NE(preview.find(R"("vigie.blob.key":"previews/ab/abcdef012345")"), std::string::npos);
  EXPECT_NE(preview.find(R"("vigie.reason":"preview_unnamed")"), std::string::npos);
}

TEST_F(DomainTelemetryTest, TellsOfAnUploadByItsId) {
  const std::string line = line_of(Orphan::kUpload, "uploads/01890000-0000-7000-8000-000000000001");
  EXPECT_NE(line.find(R"("uploads/01890000-0000-7000-8000-000000000001")"), std::string::npos);
  EXPECT_NE(line.find(R"("vigie.reason":"upload_not_open")"), std::string::npos);
}

TEST_F(DomainTelemetryTest, CountsOrphansFromZero) {
  EXPECT_NE(exposition().find("\nvigie_blob_orphans_removed_total 0\n"), std::string::npos);
  line_of(Orphan::kUpload, "uploads/1");
  line_of(Orphan::kUpload, "uploads/2");
  EXPECT_NE(exposition().find("\nvigie_blob_orphans_removed_total 2\n"), std::string::npos);
}

}  // namespace
}  // namespace vigie::app
