id, email, display_name, role, password_hash, created_at, disabled_at, credentials_version
