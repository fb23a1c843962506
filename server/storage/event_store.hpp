#pragma once

#include <cstdint>
#include <optional>

#include "server/domain/event_store.hpp"
#include "server/storage/database.hpp"
#include "server/storage/event_list_query.hpp"

namespace vigie::storage {

/// Events in PostgreSQL. Thread-safe.
class PgEventStore : public domain::EventStore {
 public:
  explicit PgEventStore(Database& database) : database_(database) {}

  domain::Result<void> insert(const domain::Context& context, const domain::Event& event) override;
  domain::Result<std::optional<domain::Event>> find(const domain::Context& context,
                                                    domain::EventId id) override;
  domain::Result<domain::EventPage> list(const domain::Context& context,
                                         const domain::EventQuery& query) override;
  domain::Result<void> update(const domain::Context& context, const domain::Event& event) override;
  domain::Result<void> remove(const domain::Context& context, domain::EventId id,
                              std::int64_t version) override;
  domain::Result<std::int64_t> remove_drafts(const domain::Context& context,
                                             domain::AccountId owner, std::int64_t limit) override;

 private:
  Database& database_;
  ListQueries list_queries_;
};

}  // namespace vigie::storage
