#pragma once

#include <cstdint>
#include <optional>

#include "server/domain/context.hpp"
#include "server/domain/event.hpp"
#include "server/domain/event_list.hpp"
#include "server/domain/result.hpp"

namespace vigie::domain {

/// Port: events. As every store (unit_of_work.hpp).
class EventStore {
 public:
  virtual ~EventStore() = default;
  virtual Result<void> insert(const Context&, const Event&) = 0;
  virtual Result<std::optional<Event>> find(const Context&, EventId) = 0;
  virtual Result<EventPage> list(const Context&, const EventQuery&) = 0;
  /// Replaces the event if its stored version is `event.version - 1`; else kVersionMismatch, or
  /// kNotFound when it is gone.
  virtual Result<void> update(const Context&, const Event& event) = 0;
  /// Same conditions as update.
  virtual Result<void> remove(const Context&, EventId, std::int64_t version) = 0;
  /// Deletes drafts of that account, at most `limit`; returns how many.
  virtual Result<std::int64_t> remove_drafts(const Context&, AccountId owner,
                                             std::int64_t limit) = 0;
};

}  // namespace vigie::domain
