#pragma once

#include <algorithm>
#include <cctype>
#include <iterator>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "server/domain/event_store.hpp"
#include "tests/fakes/fake_unit_of_work.hpp"
#include "tests/fakes/fault_switch.hpp"

namespace vigie::fakes {

/// Events in memory. Full text search is: every word of the query occurs in title or description,
/// without regard to case. Thread-safe.
class FakeEventStore : public domain::EventStore, public FaultSwitch {
 public:
  domain::Result<void> insert(const domain::Context& context, const domain::Event& event) override {
    if (auto error = fault(context)) return *error;
    put(event);
    record_undo(context, [this, id = event.id] { erase(id); });
    return {};
  }

  domain::Result<std::optional<domain::Event>> find(const domain::Context& context,
                                                    domain::EventId id) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    const auto found = events_.find(id);
    return found == events_.end() ? std::nullopt : std::optional{found->second};
  }

  domain::Result<domain::EventPage> list(const domain::Context& context,
                                         const domain::EventQuery& query) override {
    if (auto error = fault(context)) return *error;
    std::vector<domain::Event> matches = matching(query);
    const bool is_descending = descends(query.sort);
    std::sort(matches.begin(), matches.end(), [&](const auto& a, const auto& b) {
      const auto left = std::pair(key_of(a, query.sort), a.id);
      const auto right = std::pair(key_of(b, query.sort), b.id);
      return is_descending ? right < left : left < right;
    });
    domain::EventPage page;
    const auto limit = static_cast<std::size_t>(query.limit);
    if (matches.size() > limit) {
      matches.resize(limit);
      const domain::Event& last = matches.back();
      page.next = domain::EventPosition{key_of(last, query.sort), last.id};
    }
    page.items = std::move(matches);
    return page;
  }

  domain::Result<void> update(const domain::Context& context, const domain::Event& event) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    if (auto error = conflict(event.id, event.version - 1)) return *error;
    domain::Event& stored = events_.at(event.id);
    record_undo(context, [this, before = stored] { put(before); });
    stored = event;
    return {};
  }

  domain::Result<void> remove(const domain::Context& context, domain::EventId id,
                              std::int64_t version) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    if (auto error = conflict(id, version)) return *error;
    record_undo(context, [this, before = events_.at(id)] { put(before); });
    events_.erase(id);
    return {};
  }

  domain::Result<std::int64_t> remove_drafts(const domain::Context& context,
                                             domain::AccountId owner, std::int64_t limit) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    std::int64_t removed = 0;
    for (auto event = events_.begin(); event != events_.end() && removed < limit;) {
      const bool is_draft =
          event->second.owner_id == owner && event->second.status == domain::EventStatus::kDraft;
      event = is_draft ? events_.erase(event) : std::next(event);
      removed += is_draft ? 1 : 0;
    }
    return removed;
  }

  /// For tests: how many events there are.
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return events_.size();
  }

 private:
  static bool descends(domain::EventSort sort) {
    return sort == domain::EventSort::kStartsAtDescending ||
           sort == domain::EventSort::kCreatedAtDescending;
  }
  static domain::Timestamp key_of(const domain::Event& event, domain::EventSort sort) {
    const bool by_start =
        sort == domain::EventSort::kStartsAt || sort == domain::EventSort::kStartsAtDescending;
    return by_start ? event.content.starts_at : event.created_at;
  }
  static std::string lower(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
  }

  static bool is_visible(const domain::Event& event, const domain::Principal& viewer) {
    return event.status != domain::EventStatus::kDraft || viewer.is_administrator() ||
           viewer.account_id == event.owner_id;
  }
  static bool has_tags(const domain::Event& event, const std::vector<std::string>& wanted) {
    const auto& tags = event.content.tags;
    return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& tag) {
      return std::find(tags.begin(), tags.end(), tag) != tags.end();
    });
  }
  static bool mentions(const domain::Event& event, const std::string& search) {
    const std::string text = lower(event.content.title + "\n" + event.content.description);
    std::istringstream words(lower(search));
    for (std::string word; words >> word;) {
      if (text.find(word) == std::string::npos) return false;
    }
    return true;
  }
  static bool is_beyond(const domain::Event& event, const domain::EventQuery& query) {
    if (!query.after) return true;
    const auto here = std::pair(key_of(event, query.sort), event.id);
    const auto there = std::pair(query.after->key, query.after->id);
    return descends(query.sort) ? here < there : there < here;
  }
  static bool matches(const domain::Event& event, const domain::EventQuery& query) {
    const domain::EventDraft& content = event.content;
    return is_visible(event, query.viewer) && (!query.owner || *query.owner == event.owner_id) &&
           (!query.status || *query.status == event.status) &&
           (!query.category || *query.category == content.category) &&
           has_tags(event, query.tags) &&
           (!query.starts_after || content.starts_at >= *query.starts_after) &&
           (!query.starts_before || content.starts_at < *query.starts_before) &&
           (!query.search || mentions(event, *query.search)) && is_beyond(event, query);
  }

  std::vector<domain::Event> matching(const domain::EventQuery& query) const {
    const std::lock_guard lock(mutex_);
    std::vector<domain::Event> found;
    for (const auto& [id, event] : events_) {
      if (matches(event, query)) found.push_back(event);
    }
    return found;
  }

  /// Called with the lock held.
  std::optional<domain::Error> conflict(domain::EventId id, std::int64_t version) const {
    const auto found = events_.find(id);
    if (found == events_.end()) {
      return domain::Error{.code = domain::Code::kNotFound, .message = "There is no such event."};
    }
    if (found->second.version != version) {
      return domain::Error{.code = domain::Code::kVersionMismatch,
                           .message = "The event has changed meanwhile."};
    }
    return std::nullopt;
  }

  void put(const domain::Event& event) {
    const std::lock_guard lock(mutex_);
    events_.insert_or_assign(event.id, event);
  }
  void erase(domain::EventId id) {
    const std::lock_guard lock(mutex_);
    events_.erase(id);
  }

  mutable std::mutex mutex_;
  std::map<domain::EventId, domain::Event> events_;  // guarded by mutex_
};

}  // namespace vigie::fakes
