#!/bin/sh
# entrypoint.sh COMMAND...: runs vigie in its container. Passwords of the database are files there, and log lines go into a
# file, from where Alloy sends them on; >> lets it be cut while it is written.
set -eu
if [ -n "${DATABASE_PASSWORD_FILE:-}" ]; then
  DATABASE_URL="postgresql://$DATABASE_USER:$(cat "$DATABASE_PASSWORD_FILE")@$DATABASE_HOST/$DATABASE_NAME"
  export DATABASE_URL
fi
if [ -n "${BACKUP_PASSWORD_FILE:-}" ]; then
  VIGIE_BACKUP_DATABASE_URL="postgresql://vigie_backup:$(cat "$BACKUP_PASSWORD_FILE")@$DATABASE_HOST/$DATABASE_NAME"
  export VIGIE_BACKUP_DATABASE_URL
fi
if [ -n "${LOG_FILE:-}" ]; then exec vigie "$@" >>"$LOG_FILE"; fi
exec vigie "$@"
