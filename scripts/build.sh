#!/bin/sh
# build.sh PRESET [TARGET...]: configures when there is no build directory yet, then builds.
set -eu
cd "$(dirname "$0")/.."
preset=$1
shift
directory=build/$preset
mkdir -p "$directory"
if [ ! -f "$directory/build.ninja" ]; then
  echo "Configuring $directory"
  if ! cmake --preset "$preset" >"$directory/configure.log" 2>&1; then
    tail -n 40 "$directory/configure.log" >&2
    exit 1
  fi
fi
echo "Building $directory: ${*:-everything}"
if [ $# -gt 0 ]; then set -- --target "$@"; fi
cmake --build --preset "$preset" ${JOBS:+-j "$JOBS"} "$@"
