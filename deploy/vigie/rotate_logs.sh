#!/bin/sh
# rotate_logs.sh DIRECTORY...: keeps the last two parts of each log file below BYTES_MAX. Cuts in place: who writes, appends.
set -eu
while true; do
  # shellcheck disable=SC2016 # $1 is that of the inner shell
  find "$@" -name '*.log' -size "+$((BYTES_MAX / 1024))k" -exec sh -c 'cp "$1" "$1.1" && : >"$1"' - {} \;
  sleep 10 &
  wait $!
done
