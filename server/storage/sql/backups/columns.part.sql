id, key, taken_at, stored_at, bytes, hash, row_counts, verified_at, fault
