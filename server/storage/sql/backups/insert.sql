-- query: INSERT write
INSERT INTO backups (id, key, taken_at, stored_at, bytes, hash, row_counts)
VALUES ($1, $2, $3, $4, $5, $6, $7)
