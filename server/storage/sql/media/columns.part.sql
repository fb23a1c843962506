id, owner_id, event_id, state, file_name, declared_type, bytes, part_bytes, declared_hash,
created_at, updated_at, expires_at, generation, verified_hash, hash, type, job_id, completed_at,
width, height, previews, failure, deleted_at, purge_at
