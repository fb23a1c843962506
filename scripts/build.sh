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
  # Precompiled headers are compared by their contents.
  export CCACHE_SLOPPINESS="${CCACHE_SLOPPINESS:-pch_defines,time_macros}"
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
# On a terminal ninja keeps to one line. Elsewhere it writes one a step: of those a tenth are shown, with the time that is
# left; what compilers say passes through.
if [ -t 1 ]; then exec cmake --build --preset "$preset" ${JOBS:+-j "$JOBS"} "$@"; fi
status=$directory/build.status
rm -f "$status"
{
  code=0
  cmake --build --preset "$preset" ${JOBS:+-j "$JOBS"} "$@" 2>&1 || code=$?
  echo "$code" >"$status"
} | awk '
  function now(  t) { "date +%s" | getline t; close("date +%s"); return t }
  BEGIN { begin = now() }
  /^\[[0-9]+\/[0-9]+\] / {
    split(substr($1, 2, length($1) - 2), of, "/")
    tenth = int(of[1] * 10 / of[2])
    if (tenth != shown && of[2] >= 20) {
      shown = tenth
      took = now() - begin
      left = of[1] < of[2] ? sprintf(", about %d s to go", took * (of[2] - of[1]) / of[1]) : ""
      printf "  %d of %d steps, %d s%s\n", of[1], of[2], took, left
      fflush()
    }
    next
  }
  { print; fflush() }'
exit "$(cat "$status")"
