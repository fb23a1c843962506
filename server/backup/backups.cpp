#include "server/backup/backups.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "server/domain/rfc3339.hpp"

namespace vigie::backup {
namespace {

using domain::Backup;
using domain::Code;
using domain::Context;
using domain::Result;

constexpr std::string_view kPrefix = "backups/";

/// "backups/20260102t030405.678901z.dump": in order of time.
domain::BlobKey key_of(domain::Timestamp taken_at) {
  std::string time = domain::format_rfc3339(taken_at);
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  for (char& c : time) {
    if (c == 'T' || c == 'Z') c = static_cast<char>(c | 0x20);
  }
  return std::string(kPrefix) + time + ".dump";
}

/// Without it, and with it in the commit that makes it last.
Result<void> finish_with(const Context& context, const Backups::Finish& finish) {
  return finish ? finish(context) : Result<void>();
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

/// Of row counts: what the one has and the other has not.
std::string difference(const std::vector<std::string>& wanted,
                       const std::vector<std::string>& found) {
  std::vector<std::string> missing;
  for (const std::string& count : wanted) {
    if (std::find(found.begin(), found.end(), count) == found.end()) missing.push_back(count);
  }
  return missing.empty() && wanted.size() == found.size()
             ? ""
             : "taken with " + joined(missing) + ", restored as " + joined(found);
}

bool is_proven(const Backup& backup) { return backup.verified_at && backup.fault.empty(); }

/// The newest `keep`, and the newest of those that were restored without a fault.
bool is_kept(const std::vector<Backup>& newest_first, std::size_t index, std::size_t keep) {
  const auto proven = std::ranges::find_if(newest_first, is_proven);
  return index < keep || newest_first.begin() + static_cast<std::ptrdiff_t>(index) == proven;
}

}  // namespace

Result<Programs> Backups::programs() const {
  auto environment = ports_.copies.environment();
  if (!environment) return std::move(environment).error();
  return Programs{.directory = options_.programs_directory, .environment = std::move(*environment)};
}

Result<Backup> Backups::dump_snapshot(const Context& context) {
  const auto programs = this->programs();
  if (!programs) return programs.error();
  const auto snapshot = ports_.copies.take_snapshot(context);
  if (!snapshot) return snapshot.error();
  Backup backup{.id = {ports_.ids.next()},
                .taken_at = ports_.clock.now(),
                .row_counts = (*snapshot)->row_counts()};
  backup.key = key_of(backup.taken_at);
  const DumpPlace place{.upload = "uploads/" + backup.id.to_string(), .key = backup.key};
  const auto dumped = dump(context, *programs, (*snapshot)->name(), ports_.blobs, place);
  if (!dumped) return dumped.error();
  backup.bytes = dumped->bytes;
  backup.hash = dumped->hash;
  backup.stored_at = ports_.clock.now();
  return backup;
}

Result<Backup> Backups::take(const Context& context, const Finish& finish) {
  auto backup = dump_snapshot(context);
  if (!backup) return backup;
  const auto kept = domain::within_unit(context, ports_.units, [&](const Context& joined) {
    auto inserted = ports_.store.insert(joined, *backup);
    return inserted ? finish_with(joined, finish) : inserted;
  });
  if (!kept) {
    // Its object is one that no row knows: a later run removes it.
    return kept.error();
  }
  [[maybe_unused]] const auto removed = remove_old(context);
  return backup;
}

/// The object first: a row without one is tried again, an object without a row is found below.
Result<void> Backups::remove_old(const Context& context) {
  auto all = ports_.store.list(context);
  if (!all) return std::move(all).error();
  for (std::size_t index = 0; index < all->size(); ++index) {
    if (is_kept(*all, index, options_.keep)) continue;
    const Backup& backup = (*all)[index];
    if (auto removed = ports_.blobs.remove(context, backup.key); !removed) return removed;
    if (auto removed = ports_.store.remove(context, backup.id); !removed) return removed;
  }
  return remove_unknown(context, *all);
}

/// Of runs that ended between the object and its row. Young ones may be about to have theirs.
Result<void> Backups::remove_unknown(const Context& context, const std::vector<Backup>& known) {
  constexpr std::size_t kLimit = 1000;
  constexpr std::chrono::hours kAgeMin{24};
  const auto found = ports_.blobs.list(context, kPrefix, "", kLimit);
  if (!found) return found.error();
  for (const auto& object : *found) {
    const bool is_known = std::any_of(
        known.begin(), known.end(), [&](const Backup& backup) { return backup.key == object.key; });
    if (is_known || object.facts.modified_at + kAgeMin > ports_.clock.now()) continue;
    if (auto removed = ports_.blobs.remove(context, object.key); !removed) return removed;
  }
  return {};
}

Result<std::optional<Backup>> Backups::verify(const Context& context, const Finish& finish) {
  auto all = ports_.store.list(context);
  if (!all) return std::move(all).error();
  std::optional<Backup> newest;
  if (!all->empty()) {
    newest = std::move(all->front());
    auto fault = fault_of(context, *newest);
    if (!fault) return std::move(fault).error();
    newest->verified_at = ports_.clock.now();
    newest->fault = std::move(*fault);
  }
  const auto recorded = domain::within_unit(context, ports_.units, [&](const Context& joined) {
    auto kept = newest ? ports_.store.record_verification(joined, newest->id, *newest->verified_at,
                                                          newest->fault)
                       : Result<void>();
    return kept ? finish_with(joined, finish) : kept;
  });
  if (!recorded) return recorded.error();
  return newest;
}

Result<std::string> Backups::fault_of(const Context& context, const Backup& backup) {
  const auto found = digest(context, ports_.blobs, backup.key);
  if (!found && found.error().code == Code::kNotFound) return std::string("it is not in the store");
  if (!found) return found.error();
  if (*found != backup.hash.to_string()) {
    return "its SHA-256 is " + *found + ", and was " + backup.hash.to_string();
  }
  const auto scratch = ports_.copies.create_scratch(context);
  if (!scratch) return scratch.error();
  auto fault = restored_fault(context, backup, *scratch);
  // Should this fail, the next verification removes it.
  [[maybe_unused]] const auto dropped = ports_.copies.drop_scratch(context, *scratch);
  return fault;
}

Result<std::string> Backups::restored_fault(const Context& context, const Backup& backup,
                                            const std::string& scratch) {
  const auto programs = this->programs();
  if (!programs) return programs.error();
  const auto restored = restore(context, *programs, ports_.blobs, backup.key, scratch);
  if (!restored) return restored.error();
  // Asked in any case: a database that has gone away is not the dump's fault.
  const auto content = ports_.copies.examine(context, scratch);
  if (!content) return content.error();
  if (!restored->fault.empty()) return restored->fault;
  if (!content->invalid.empty()) return "invalid: " + joined(content->invalid);
  return difference(backup.row_counts, content->row_counts);
}

Result<bool> Backups::is_any_proven(const Context& context) {
  const auto all = ports_.store.list(context);
  if (!all) return all.error();
  return std::ranges::any_of(*all, is_proven);
}

Result<std::vector<Backup>> Backups::list(const Context& context) {
  return ports_.store.list(context);
}

}  // namespace vigie::backup
