#include "server/domain/events.hpp"

#include <string>
#include <string_view>
#include <utility>

#include "server/domain/event_rules.hpp"
#include "server/domain/field_faults.hpp"
#include "server/domain/policy.hpp"

namespace vigie::domain {
namespace {

/// How often a change of status that names no version is tried again when others were faster.
constexpr int kAttemptsMax = 3;

Error version_mismatch() {
  return {.code = Code::kVersionMismatch,
          .message = "The event has changed since the version that was named."};
}

/// What a policy is asked about where nothing is: a draft of nobody, which only administrators may
/// see. So what is not there is refused like a draft of somebody else.
Event hidden_event() { return {.owner_id = {}, .status = EventStatus::kDraft}; }

Error not_found() { return {.code = Code::kNotFound, .message = "There is no such event."}; }

Error status_not_allowed(EventStatus from, std::string_view wanted) {
  return {.code = Code::kStatusChangeNotAllowed,
          .message = "The event is " + std::string(name_of(from)) + " and cannot be " +
                     std::string(wanted) + "."};
}

}  // namespace

struct Events::StatusChange {
  EventStatus to;
  EventChange fact;
  Permission permission;
  bool (*is_allowed_from)(EventStatus);
};

Events::Events(EventStore& store, const Clock& clock, IdSource& ids, Observer& observer,
               const TimeZoneSet& time_zones)
    : store_(store), clock_(clock), ids_(ids), observer_(observer), time_zones_(time_zones) {}

Result<Event> Events::create(const Context& context, EventDraft content) {
  if (auto allowed = may_create_event(context.principal); !allowed) {
    return std::move(allowed).error();
  }
  if (auto faults = faults_of(content, time_zones_); !faults.empty()) {
    return validation_error(std::move(faults));
  }
  const Timestamp now = clock_.now();
  Event event{.id = {ids_.next()},
              .owner_id = *context.principal.account_id,
              .status = EventStatus::kDraft,
              .content = std::move(content),
              .version = 1,
              .created_at = now,
              .updated_at = now};
  if (auto inserted = store_.insert(context, event); !inserted) return std::move(inserted).error();
  observer_.event_changed(context, EventChange::kCreated, event);
  return event;
}

Result<Event> Events::find(const Context& context, EventId id) {
  return permitted(context, id, may_see);
}

Result<EventPage> Events::list(const Context& context, EventQuery query) {
  if (auto faults = faults_of(query); !faults.empty()) return validation_error(std::move(faults));
  query.viewer = context.principal;
  return store_.list(context, query);
}

Result<Event> Events::update(const Context& context, EventId id, std::int64_t expected_version,
                             const EventPatch& patch) {
  auto found = permitted(context, id, may_edit);
  if (!found) return found;
  Event event = *std::move(found);
  if (event.version != expected_version) return version_mismatch();
  if (event.status == EventStatus::kCancelled) return status_not_allowed(event.status, "edited");
  auto merged = merge(event.content, patch);
  if (!merged) return std::move(merged).error();
  if (auto faults = faults_of(*merged, time_zones_); !faults.empty()) {
    return validation_error(std::move(faults));
  }
  if (*merged == event.content) return event;
  event.content = *std::move(merged);
  return store_change(context, std::move(event), EventChange::kUpdated);
}

Result<void> Events::remove(const Context& context, EventId id, std::int64_t expected_version) {
  auto found = permitted(context, id, may_delete);
  if (!found) return std::move(found).error();
  if (found->version != expected_version) return version_mismatch();
  if (auto removed = store_.remove(context, id, expected_version); !removed) return removed;
  observer_.event_changed(context, EventChange::kDeleted, *found);
  return {};
}

Result<Event> Events::publish(const Context& context, EventId id,
                              std::optional<std::int64_t> expected_version) {
  return change_status(
      context, id, expected_version,
      {.to = EventStatus::kPublished,
       .fact = EventChange::kPublished,
       .permission = may_publish,
       .is_allowed_from = [](EventStatus from) { return from == EventStatus::kDraft; }});
}

Result<Event> Events::cancel(const Context& context, EventId id,
                             std::optional<std::int64_t> expected_version) {
  return change_status(
      context, id, expected_version,
      {.to = EventStatus::kCancelled,
       .fact = EventChange::kCancelled,
       .permission = may_cancel,
       .is_allowed_from = [](EventStatus from) { return from == EventStatus::kPublished; }});
}

Result<Event> Events::change_status(const Context& context, EventId id,
                                    std::optional<std::int64_t> expected_version,
                                    const StatusChange& change) {
  for (int attempt = 1;; ++attempt) {
    auto found = permitted(context, id, change.permission);
    if (!found) return found;
    Event event = *std::move(found);
    if (expected_version && event.version != *expected_version) return version_mismatch();
    if (!change.is_allowed_from(event.status)) {
      return status_not_allowed(event.status, name_of(change.to));
    }
    event.status = change.to;
    auto stored = store_change(context, std::move(event), change.fact);
    const bool was_overtaken = !stored && stored.error().code == Code::kVersionMismatch;
    if (!was_overtaken || expected_version || attempt == kAttemptsMax) return stored;
  }
}

Result<Event> Events::permitted(const Context& context, EventId id, Permission permission) {
  auto found = store_.find(context, id);
  if (!found) return std::move(found).error();
  const bool exists = found->has_value();
  Event event = exists ? **std::move(found) : hidden_event();
  if (auto allowed = permission(context.principal, event); !allowed) {
    return std::move(allowed).error();
  }
  if (!exists) return not_found();
  return event;
}

Result<Event> Events::store_change(const Context& context, Event event, EventChange change) {
  event.version += 1;
  event.updated_at = clock_.now();
  if (auto updated = store_.update(context, event); !updated) return std::move(updated).error();
  observer_.event_changed(context, change, event);
  return event;
}

}  // namespace vigie::domain
