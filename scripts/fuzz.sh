#!/bin/sh
# fuzz.sh [TARGET]: builds the fuzz targets and runs each for FUZZ_SECONDS (30) from its seeds, as many at once as there
# are processors; the corpus grows under build/. With a target's file: runs that one.
set -eu
cd "$(dirname "$0")/.."
if [ $# -eq 0 ]; then
  scripts/build.sh fuzz tests/fuzz/all
  targets=$(find build/fuzz -type f -executable -name '*_fuzz' | sort)
  if [ -z "$targets" ]; then
    echo "No fuzz targets were built (tests/fuzz)." >&2
    exit 1
  fi
  echo "$targets" | xargs -P "$(nproc)" -n 1 scripts/fuzz.sh
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
