#pragma once

#include <cstdint>
#include <optional>

#include "server/domain/clock.hpp"
#include "server/domain/context.hpp"
#include "server/domain/event.hpp"
#include "server/domain/event_list.hpp"
#include "server/domain/event_patch.hpp"
#include "server/domain/event_store.hpp"
#include "server/domain/id_source.hpp"
#include "server/domain/observer.hpp"
#include "server/domain/result.hpp"
#include "server/domain/time_zone_set.hpp"

namespace vigie::domain {

/// Use-cases of events. Every call acts for `context.principal` and asks server/domain/policy.hpp
/// first: an event the caller may not see is kNotFound. Errors of the store are handed on.
/// Thread-safe.
///
/// An event may be published whatever its time, so that past events can be imported; a cancelled
/// event can only be deleted.
class Events {
 public:
  Events(EventStore& store, const Clock& clock, IdSource& ids, Observer& observer,
         const TimeZoneSet& time_zones);

  /// A new draft of the caller. kValidationFailed with all faults at once.
  Result<Event> create(const Context& context, EventDraft content);
  Result<Event> find(const Context& context, EventId id);
  /// `query.viewer` is set here.
  Result<EventPage> list(const Context& context, EventQuery query);
  /// kVersionMismatch unless the stored version is `expected_version`. A patch that changes nothing
  /// is no change: the version stays.
  Result<Event> update(const Context& context, EventId id, std::int64_t expected_version,
                       const EventPatch& patch);
  Result<void> remove(const Context& context, EventId id, std::int64_t expected_version);
  /// kStatusChangeNotAllowed unless the event is a draft.
  Result<Event> publish(const Context& context, EventId id,
                        std::optional<std::int64_t> expected_version = std::nullopt);
  /// kStatusChangeNotAllowed unless the event is published.
  Result<Event> cancel(const Context& context, EventId id,
                       std::optional<std::int64_t> expected_version = std::nullopt);

 private:
  struct StatusChange;
  using Permission = Result<void> (*)(const Principal&, const Event&);

  /// The event, if it is there and the policy lets the caller do what is wanted.
  Result<Event> permitted(const Context& context, EventId id, Permission permission);
  Result<Event> change_status(const Context& context, EventId id,
                              std::optional<std::int64_t> expected_version,
                              const StatusChange& change);
  Result<Event> store_change(const Context& context, Event event, EventChange change);

  EventStore& store_;
  const Clock& clock_;
  IdSource& ids_;
  Observer& observer_;
  const TimeZoneSet& time_zones_;
};

}  // namespace vigie::domain
