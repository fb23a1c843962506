#!/bin/sh
# Builds the fuzz targets and runs each for FUZZ_SECONDS (30) from its seeds; the corpus grows under build/.
set -eu
cd "$(dirname "$0")/.."
seconds=${FUZZ_SECONDS:-30}
scripts/build.sh fuzz
targets=$(find build/fuzz -type f -executable -name '*_fuzz' | sort)
if [ -z "$targets" ]; then
  echo "No fuzz targets were built (tests/fuzz)." >&2
  exit 1
fi
for target in $targets; do
  name=$(basename "$target")
  corpus=build/fuzz/corpus/$name
  mkdir -p "$corpus"
  seeds=tests/fuzz/seeds/${name%_fuzz}
  if [ -d "$seeds" ]; then cp -r "$seeds/." "$corpus/"; fi
  echo "$name: $seconds s"
  "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$corpus/../$name-" "$corpus" >"build/fuzz/$name.log" 2>&1 || {
    tail -n 40 "build/fuzz/$name.log" >&2
    echo "$name found a failure; its log is build/fuzz/$name.log" >&2
    exit 1
  }
  sed -n 's/^stat::number_of_executed_units: */  inputs: /p' "build/fuzz/$name.log"
done
