#!/bin/sh
# start.sh postgres ARGUMENTS...: PostgreSQL in its container. The first start makes the cluster, its accounts and its database
# beside the place where it will lie, and moves it there when it is whole: one that is interrupted (a full disk, a kill) leaves
# nothing that the next would take for a database.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  rm -rf "$PGDATA.new"
  PGDATA="$PGDATA.new" docker-ensure-initdb.sh "$@"
  if [ -d "$PGDATA" ]; then rmdir "$PGDATA"; fi
  mv "$PGDATA.new" "$PGDATA"
fi
exec docker-entrypoint.sh "$@"
