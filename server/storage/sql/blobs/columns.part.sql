hash, bytes, reference_count, is_stored
