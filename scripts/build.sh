#!/bin/sh
# build.sh PRESET [TARGET...]: configures when there is no build directory yet, then builds.
set -eu
cd "$(dirname "$0")/.."
preset=$1
shift
# ccache keeps its files in the user's own cache directory, so that a clean clone compiles only what changed. Paths below
# the tree count as relative ones: two clones share their objects.
if command -v ccache >/dev/null; then
  export CMAKE_C_COMPILER_LAUNCHER="${CMAKE_C_COMPILER_LAUNCHER-ccache}" CMAKE_CXX_COMPILER_LAUNCHER="${CMAKE_CXX_COMPILER_LAUNCHER-ccache}"
  export CCACHE_BASEDIR="${CCACHE_BASEDIR:-$PWD}" CCACHE_NOHASHDIR="${CCACHE_NOHASHDIR:-1}"
fi
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
