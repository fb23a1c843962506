#include "server/storage/backup_store.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/storage/sql/backups.hpp"

namespace vigie::storage {
namespace {

using domain::Backup;
using domain::Result;
namespace columns = sql::backups::columns;

domain::ContentHash hash_of(std::string_view bytes) {
  domain::ContentHash hash;
  std::copy_n(bytes.begin(), std::min(bytes.size(), hash.bytes.size()),
              reinterpret_cast<char*>(hash.bytes.data()));
  return hash;
}

Backup backup_of(const Rows& rows, int row) {
  Backup backup{.id = {rows.uuid(row, columns::kId)},
                .key = rows.string(row, columns::kKey),
                .taken_at = rows.timestamp(row, columns::kTakenAt),
                .stored_at = rows.timestamp(row, columns::kStoredAt),
                .bytes = static_cast<std::uint64_t>(rows.integer(row, columns::kBytes)),
                .hash = hash_of(rows.text(row, columns::kHash)),
                .row_counts = rows.texts(row, columns::kRowCounts),
                .verified_at = {},
                .fault = rows.string(row, columns::kFault)};
  if (!rows.is_null(row, columns::kVerifiedAt))
    backup.verified_at = rows.timestamp(row, columns::kVerifiedAt);
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
  return change(context, sql::backups::kInsert, parameters);
}

Result<std::vector<Backup>> PgBackupStore::list(const domain::Context& context) {
  const auto rows = database_.exec(context, sql::backups::kList);
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
  return change(context, sql::backups::kVerified, parameters);
}

Result<void> PgBackupStore::remove(const domain::Context& context, domain::BackupId id) {
  return change(context, sql::backups::kRemove, Parameters().uuid(id.uuid));
}

Result<void> PgBackupStore::change(const domain::Context& context, const Query& query,
                                   const Parameters& parameters) {
  const auto changed = database_.exec(context, query, parameters);
  if (!changed) return changed.error();
  return {};
}

}  // namespace vigie::storage
