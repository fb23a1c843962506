#!/bin/sh
# compile_dashboards.sh DIRECTORY: writes DIRECTORY/<uid>.json for each dashboards/<uid>.jsonnet.
set -eu
out=$1
cd "$(dirname "$0")/.."
mkdir -p "$out"
for source in dashboards/*.jsonnet; do
  jsonnet --jpath dashboards/lib --ext-code-file catalogue=tests/ops/catalogue.golden.json \
    --output-file "$out/$(basename "$source" .jsonnet).json" "$source"
done
