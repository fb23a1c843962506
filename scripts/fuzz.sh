#!/bin/sh
# fuzz.sh [TARGET]: builds the fuzz targets and runs each for FUZZ_SECONDS (30) from its seeds, as many at once as there
# are processors; the corpus grows under build/. With a target's file: runs that one. FUZZ_TURN=1/4: every fourth
# target, beginning with the second.
set -eu
cd "$(dirname "$0")/.."
if [ $# -eq 0 ]; then
  turn=${FUZZ_TURN:-0/1}
  names=$(sed -n 's/^vigie_fuzz(\([a-z_]*\).*/\1/p' tests/fuzz/CMakeLists.txt | sort |
    awk -v first="${turn%/*}" -v step="${turn#*/}" 'NR % step == (first + 1) % step')
  if [ -z "$names" ]; then
    echo "No fuzz target is declared (tests/fuzz/CMakeLists.txt), or none for FUZZ_TURN=$turn." >&2
    exit 1
  fi
  # A word a target: the splitting is wanted.
  # shellcheck disable=SC2086
  scripts/build.sh fuzz $names
  for name in $names; do find build/fuzz -type f -executable -name "$name"; done |
    xargs -P "$(nproc)" -n 1 scripts/fuzz.sh
  exit
fi
target=$1
name=$(basename "$target")
corpus=build/fuzz/corpus/$name
mkdir -p "$corpus"
seeds=tests/fuzz/seeds/${name%_fuzz}
if [ -d "$seeds" ]; then cp -r "$seeds/." "$corpus/"; fi
"$target" -max_total_time="${FUZZ_SECONDS:-30}" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
  -artifact_prefix="$corpus/../$name-" "$corpus" >"build/fuzz/$name.log" 2>&1 || {
  tail -n 40 "build/fuzz/$name.log" >&2
  echo "$name found a failure; its log is build/fuzz/$name.log" >&2
  exit 1
}
echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "build/fuzz/$name.log") inputs"
