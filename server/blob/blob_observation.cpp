#include "server/blob/blob_observation.hpp"

#include <optional>

#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/catalogue/spans.hpp"

namespace vigie::blob {

namespace attributes = telemetry::attributes;
using domain::Code;

namespace {

/// Failures that somebody who runs the store looks into; the others are the caller's, or load.
bool is_fault(Code code) noexcept {
  return code == Code::kUnavailable || code == Code::kStorageFull || code == Code::kInternal;
}

bool is_error(Code code) noexcept {
  return is_fault(code) || code == Code::kDeadlineExceeded || code == Code::kOverloaded;
}

}  // namespace

BlobObservation::BlobObservation(const Instruments& instruments, const domain::Context& context,
                                 Operation operation, std::string_view key)
    : instruments_(instruments),
      context_(context),
      operation_(operation),
      key_(key),
      span_(context.trace, telemetry::spans::kBlobOperation) {
  if (!span_.is_recording()) return;
  span_.name(std::string("blob ").append(name_of(operation)));
  span_.set(attributes::kBlobStore, instruments.store);
  span_.set(attributes::kBlobOperation, name_of(operation));
  span_.set(attributes::kBlobKey, key_);
}

void BlobObservation::end(const domain::Error* error) {
  const auto code = error == nullptr ? std::nullopt : std::optional(error->code);
  const std::chrono::duration<double> spent = spent_;
  instruments_.metrics.duration(operation_, code).observe(spent.count(), context_.trace);
  if (code && is_error(*code)) {
    span_.error(domain::name_of(*code));
    span_.set(attributes::kDetail, error->detail);
  }
  span_.end();
  if (code && is_fault(*code)) write_log(*error);
}

void BlobObservation::write_log(const domain::Error& error) {
  instruments_.log.write(telemetry::log_events::kBlobOperationFailed,
                         telemetry::context_of(context_.trace, context_.correlation_id),
                         {{attributes::kBlobStore, instruments_.store},
                          {attributes::kBlobOperation, name_of(operation_)},
                          {attributes::kBlobKey, key_},
                          {attributes::kErrorType, domain::name_of(error.code)},
                          {attributes::kDetail, error.detail}});
}

}  // namespace vigie::blob
