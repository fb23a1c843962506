#include "server/storage/backup_store.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vigie::storage {
namespace {

using domain::Backup;
using domain::Result;

constexpr Query kInsert{.name = QueryName::kBackupsInsert,
                        .sql =
                            "INSERT INTO backups (id, key, taken_at, stored_at, bytes, hash, "
                            "row_counts) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                        .operation = "INSERT",
                        .lane = Lane::kWrite,
                        .statement = statement_of(QueryName::kBackupsInsert)};

constexpr Query kList{.name = QueryName::kBackupsList,
                      .sql =
                          "SELECT id, key, taken_at, stored_at, bytes, hash, row_counts, "
                          "verified_at, fault FROM backups ORDER BY taken_at DESC, id DESC",
                      .operation = "SELECT",
                      .lane = Lane::kShared,
                      .is_read = true,
                      .statement = statement_of(QueryName::kBackupsList)};

constexpr Query kVerified{.name = QueryName::kBackupsVerified,
                          .sql = "UPDATE backups SET verified_at = $2, fault = $3 WHERE id = $1",
                          .operation = "UPDATE",
                          .lane = Lane::kWrite,
                          .statement = statement_of(QueryName::kBackupsVerified)};

constexpr Query kRemove{.name = QueryName::kBackupsRemove,
                        .sql = "DELETE FROM backups WHERE id = $1",
                        .operation = "DELETE",
                        .lane = Lane::kWrite,
                        .statement = statement_of(QueryName::kBackupsRemove)};

domain::ContentHash hash_of(std::string_view bytes) {
  domain::ContentHash hash;
  std::copy_n(bytes.begin(), std::min(bytes.size(), hash.bytes.size()),
              reinterpret_cast<char*>(hash.bytes.data()));
  return hash;
}

Backup backup_of(const Rows& rows, int row) {
  Backup backup{.id = {rows.uuid(row, 0)},
                .key = rows.string(row, 1),
                .taken_at = rows.timestamp(row, 2),
                .stored_at = rows.timestamp(row, 3),
                .bytes = static_cast<std::uint64_t>(rows.integer(row, 4)),
                .hash = hash_of(rows.text(row, 5)),
                .row_counts = rows.texts(row, 6),
                .verified_at = {},
                .fault = rows.string(row, 8)};
  if (!rows.is_null(row, 7)) backup.verified_at = rows.timestamp(row, 7);
  return backup;
}

}  // namespace

Result<void> PgBackupStore::insert(const domain::Context& context, const Backup& backup) {
  Parameters parameters;
  parameters.uuid(backup.id.uuid)
      .text(backup.key)
      .timestamp(backup.taken_at)
      .timestamp(backup.stored_at)
      .integer(static_cast<std::int64_t>(backup.bytes))
      .bytes(backup.hash.bytes)
      .texts(backup.row_counts);
  return change(context, kInsert, parameters);
}

Result<std::vector<Backup>> PgBackupStore::list(const domain::Context& context) {
  const auto rows = database_.exec(context, kList);
  if (!rows) return rows.error();
  std::vector<Backup> backups;
  backups.reserve(static_cast<std::size_t>(rows->count()));
  for (int row = 0; row < rows->count(); ++row) backups.push_back(backup_of(*rows, row));
  return backups;
}

Result<void> PgBackupStore::record_verification(const domain::Context& context, domain::BackupId id,
                                                domain::Timestamp verified_at,
                                                const std::string& fault) {
  Parameters parameters;
  parameters.uuid(id.uuid).timestamp(verified_at).text(fault);
  return change(context, kVerified, parameters);
}

Result<void> PgBackupStore::remove(const domain::Context& context, domain::BackupId id) {
  return change(context, kRemove, Parameters().uuid(id.uuid));
}

Result<void> PgBackupStore::change(const domain::Context& context, const Query& query,
                                   const Parameters& parameters) {
  const auto changed = database_.exec(context, query, parameters);
  if (!changed) return changed.error();
  return {};
}

}  // namespace vigie::storage
