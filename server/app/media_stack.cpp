#include "server/app/media_stack.hpp"

namespace vigie::app {

MediaStack::MediaStack(const Needs& needs, const domain::MediaLimits& limits)
    : store_(needs.database),
      types_(needs.pool),
      uploads_({store_, needs.events, needs.blobs, types_, needs.jobs, needs.units, needs.clock,
                needs.ids, needs.observer},
               limits),
      library_(
          {store_, needs.events, needs.blobs, needs.jobs, needs.units, needs.clock, needs.observer},
          limits),
      processing_(store_, needs.units, needs.clock),
      purge_({store_, needs.blobs, needs.units, needs.clock, needs.observer}),
      expiry_({store_, needs.blobs, needs.units, needs.clock, needs.observer}) {}

}  // namespace vigie::app
