-- query: INSERT write
-- A taken e-mail is no error of PostgreSQL, which would write the address into its log.
INSERT INTO accounts (id, email, display_name, role, password_hash, created_at)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (email) DO NOTHING
