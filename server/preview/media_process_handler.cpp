#include "server/preview/media_process_handler.hpp"

#include <cstdint>
#include <string>
#include <utility>

#include "server/domain/job_payload.hpp"
#include "server/domain/media.hpp"
#include "server/domain/media_type.hpp"
#include "server/preview/protocol.hpp"
#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/instrument.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace vigie::preview {
namespace {

namespace attributes = telemetry::attributes;
namespace metrics = telemetry::metrics;
using domain::Code;
using domain::Context;
using domain::Error;
using domain::Result;

static_assert(std::size(metrics::kProcessOutcomes) == kOutcomeNames.size());
static_assert(kPreviewNames.size() == domain::kPreviewNames.size());

/// What the owner of an image is told.
constexpr std::array<std::string_view, kOutcomeNames.size()> kReasons = {
    "",
    "The image is damaged, has too many pixels, or is of no format that previews are made of.",
    "The image could not be decoded.",
    "The image took too long to decode.",
    "The image needs more memory than is allowed.",
};

Error useless(std::string detail) {
  return {.code = Code::kValidationFailed,
          .message = "The job cannot be done.",
          .detail = std::move(detail)};
}

Made missing() {
  return {.outcome = Outcome::kFailed,
          .detail = "the content is not in the store",
          .facts = {},
          .previews = {}};
}

}  // namespace

struct MediaProcessHandler::Task {
  domain::MediaId media_id;
  domain::ContentHash hash;
  const domain::MediaType* type = nullptr;

  static Result<Task> of(const domain::Job& job) {
    constexpr int kVersion = 1;
    if (job.payload_version != kVersion) return useless("unknown version of the payload");
    const auto id =
        domain::MediaId::parse(domain::payload_text(job.payload, "media_id").value_or(""));
    const auto hash =
        domain::ContentHash::parse(domain::payload_text(job.payload, "hash").value_or(""));
    const auto* const type =
        domain::find_media_type(domain::payload_text(job.payload, "type").value_or(""));
    if (!id || !hash || type == nullptr) return useless("malformed payload");
    return Task{.media_id = *id, .hash = *hash, .type = type};
  }
};

MediaProcessHandler::MediaProcessHandler(const Ports& ports) : ports_(ports), processed_{} {
  for (std::size_t i = 0; i < processed_.size(); ++i) {
    processed_[i] =
        &ports_.metrics.counter(metrics::kMediaProcessed, {metrics::kProcessOutcomes[i]});
  }
}

Result<void> MediaProcessHandler::run(const Context& context, domain::JobRun& run) {
  const auto task = Task::of(run.job());
  if (!task) return task.error();
  if (task->type->kind == domain::MediaKind::kImage) return process_image(context, run, *task);
  return count(ports_.processing.done(context, run, task->media_id, {}), Outcome::kReady);
}

Result<void> MediaProcessHandler::process_image(const Context& context, domain::JobRun& run,
                                                const Task& task) {
  const domain::BlobKey key = domain::content_key(task.hash);
  const auto found = ports_.blobs.find(context, key);
  if (!found) return found.error();
  if (!*found) return give_up(context, run, task, missing());
  auto content = ports_.blobs.open(context, key, 0, (*found)->bytes);
  if (!content) return content.error();
  const auto made = ports_.previews.make(context, std::move(*content));
  if (!made) return made.error();
  if (made->outcome == Outcome::kReady) return store(context, run, task, *made);
  if (made->outcome == Outcome::kTimeout && run.job().attempt < kTimeoutsMax) {
    return Error{.code = Code::kDeadlineExceeded,
                 .message = "The image took too long to decode.",
                 .detail = made->detail};
  }
  return give_up(context, run, task, *made);
}

Result<void> MediaProcessHandler::store(const Context& context, domain::JobRun& run,
                                        const Task& task, const Made& made) {
  domain::MediaFacts facts{.width = static_cast<std::int32_t>(made.facts.width),
                           .height = static_cast<std::int32_t>(made.facts.height),
                           .previews = {}};
  for (const Frame& preview : made.previews) {
    auto put =
        ports_.blobs.put(context, domain::preview_key(task.hash, preview.name), preview.bytes);
    if (!put) return put;
    facts.previews.push_back(preview.name);
  }
  return count(ports_.processing.done(context, run, task.media_id, facts), Outcome::kReady);
}

Result<void> MediaProcessHandler::give_up(const Context& context, domain::JobRun& run,
                                          const Task& task, const Made& made) {
  const auto index = static_cast<std::size_t>(made.outcome);
  auto ended =
      count(ports_.processing.failed(context, run, task.media_id, std::string(kReasons[index])),
            made.outcome);
  if (!ended) return ended;
  ports_.log.write(telemetry::log_events::kMediaProcessFailed,
                   telemetry::context_of(context.trace, context.correlation_id),
                   {{attributes::kMediaId, task.media_id.to_string()},
                    {attributes::kReason, name_of(made.outcome)},
                    {attributes::kDetail, made.detail}});
  return {};
}

/// Only what was committed counts: another run will end what was not.
Result<void> MediaProcessHandler::count(Result<void> ended, Outcome outcome) {
  if (ended) processed_[static_cast<std::size_t>(outcome)]->add();
  return ended;
}

}  // namespace vigie::preview
