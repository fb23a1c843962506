#include "server/app/media_stack.hpp"

#include <chrono>

namespace vigie::app {

MediaStack::MediaStack(const Needs& needs, const domain::MediaLimits& limits,
                       const preview::PreviewOptions& previews,
                       std::chrono::milliseconds sweep_grace)
    : store_(needs.database),
      library_(
          {store_, needs.events, needs.blobs, needs.jobs, needs.units, needs.clock, needs.observer},
          limits),
      processing_(store_, needs.units, needs.clock),
      previews_(previews),
      process_(
          {needs.blobs, processing_, previews_, needs.telemetry.metrics(), needs.telemetry.log()}),
      purge_({store_, needs.blobs, needs.units, needs.clock, needs.observer}),
      expiry_({store_, needs.blobs, needs.units, needs.clock, needs.observer}),
      erasure_({store_, needs.events, needs.blobs, needs.jobs, needs.units, needs.clock,
                needs.observer}),
      references_(needs.database),
      sweep_({needs.blobs, references_, store_, needs.units, needs.clock, needs.observer},
             sweep_grace) {}

}  // namespace vigie::app
