#pragma once

#include <array>
#include <cstdint>

#include "server/app/media_telemetry.hpp"
#include "server/domain/observer.hpp"
#include "telemetry/telemetry.hpp"

namespace vigie::app {

/// Turns domain facts into metrics and log events. Thread-safe.
class DomainTelemetry final : public domain::Observer {
 public:
  explicit DomainTelemetry(telemetry::Telemetry& telemetry);

  void event_changed(const domain::Context&, domain::EventChange,
                     const domain::Event&) noexcept override;
  void account_created(const domain::Context&, const domain::Account&) noexcept override;
  void account_changed(const domain::Context&, domain::AccountChange,
                       domain::AccountId) noexcept override;
  void media_changed(const domain::Context& context, domain::MediaChange change,
                     const domain::Media& media) noexcept override {
    media_.changed(context, change, media);
  }
  void media_transferred(const domain::Context&, domain::MediaTransfer direction,
                         std::uint64_t bytes) noexcept override {
    media_.transferred(direction, bytes);
  }
  void media_purge(const domain::Context& context, domain::PurgeStep step,
                   domain::MediaId id) noexcept override {
    media_.purge(context, step, id);
  }
  void orphan_removed(const domain::Context& context, domain::Orphan orphan,
                      const domain::BlobKey& key) noexcept override {
    media_.orphan_removed(context, orphan, key);
  }
  void sign_in(const domain::Context&, domain::SignIn, domain::SignInOutcome) noexcept override;

 private:
  static constexpr std::size_t kEventChanges =
      static_cast<std::size_t>(domain::EventChange::kDeleted) + 1;
  static constexpr std::size_t kSignIns = static_cast<std::size_t>(domain::SignIn::kRefresh) + 1;
  static constexpr std::size_t kOutcomes =
      static_cast<std::size_t>(domain::SignInOutcome::kRepeated) + 1;

  telemetry::Log& log_;
  MediaTelemetry media_;
  std::array<telemetry::Counter*, kEventChanges> event_changes_;  // by EventChange
  telemetry::Counter& accounts_created_;
  std::array<telemetry::Counter*, domain::kAccountChangeNames.size()> account_changes_;
  std::array<std::array<telemetry::Counter*, kOutcomes>, kSignIns> sign_ins_;  // by SignIn, outcome
};

}  // namespace vigie::app
