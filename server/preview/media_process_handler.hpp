#pragma once

#include <array>

#include "server/domain/job_queue.hpp"
#include "server/domain/media_processing.hpp"
#include "server/preview/preview_process.hpp"

namespace vigie::telemetry {
class Counter;
class Log;
class Metrics;
}  // namespace vigie::telemetry

namespace vigie::preview {

/// Does `media.process`: makes a content's previews, stores them beside it, and says how it went. A
/// content that is no image is ready as it is. Killed at any step and begun again, it does the
/// same once more: previews are named after the content, and outcome and end of the job are one
/// commit. Thread-safe.
class MediaProcessHandler : public domain::JobHandler {
 public:
  /// Runs of one job that may time out before the image is given up: the machine may be busy.
  static constexpr int kTimeoutsMax = 3;

  struct Ports {
    domain::BlobStore& blobs;
    domain::MediaProcessing& processing;
    const PreviewProcess& previews;
    telemetry::Metrics& metrics;
    telemetry::Log& log;
  };
  explicit MediaProcessHandler(const Ports& ports);

  domain::Result<void> run(const domain::Context& context, domain::JobRun& run) override;

 private:
  struct Task;
  domain::Result<void> process_image(const domain::Context& context, domain::JobRun& run,
                                     const Task& task);
  domain::Result<void> store(const domain::Context& context, domain::JobRun& run, const Task& task,
                             const Made& made);
  domain::Result<void> give_up(const domain::Context& context, domain::JobRun& run,
                               const Task& task, const Made& made);
  domain::Result<void> count(domain::Result<void> ended, Outcome outcome);

  Ports ports_;
  std::array<telemetry::Counter*, kOutcomeNames.size()> processed_;
};

}  // namespace vigie::preview
