#pragma once

#include <memory>
#include <string>

#include "telemetry/config.hpp"
#include "telemetry/pipeline/exporter.hpp"

namespace vigie::telemetry {

/// OTLP over HTTP with protobuf (opentelemetry-proto, docs/specification.md, OTLP/HTTP), on one
/// connection that is kept open. Redirects are not followed; the headers may hold a secret.
class OtlpHttpExporter final : public Exporter {
 public:
  OtlpHttpExporter(const OtlpOptions& options, const std::string& user_agent);
  ~OtlpHttpExporter() override;

  ExportOutcome send(const EncodedBatch& batch) override;
  void cancel() noexcept override;

 private:
  struct Transfer;
  std::unique_ptr<Transfer> transfer_;
};

}  // namespace vigie::telemetry
