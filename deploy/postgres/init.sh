#!/bin/sh
# Runs once, when the cluster is made: an account for Vigie that owns its database, one for the exporter that may only look,
# one for backups that reads everything and makes the scratch databases in which they are proven.
set -eu
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres \
  -v vigie="$(cat "${SECRETS:-/run/secrets}/database_password")" -v monitor="$(cat "${SECRETS:-/run/secrets}/monitor_password")" \
  -v backup="$(cat "${SECRETS:-/run/secrets}/backup_password")" <<'SQL'
-- Of 97 connections that are not a superuser's, five are the exporter's: it must see when Vigie has taken all others.
CREATE ROLE vigie LOGIN PASSWORD :'vigie' CONNECTION LIMIT 92;
CREATE ROLE vigie_monitor LOGIN PASSWORD :'monitor' CONNECTION LIMIT 5;
GRANT pg_monitor TO vigie_monitor;
CREATE ROLE vigie_backup LOGIN CREATEDB PASSWORD :'backup' CONNECTION LIMIT 5;
GRANT pg_read_all_data TO vigie_backup;
CREATE DATABASE vigie OWNER vigie;
\connect vigie
CREATE EXTENSION pg_stat_statements;
SQL
