#!/bin/sh
# compile_dashboards.sh DIRECTORY: writes DIRECTORY/<uid>.json for each dashboards/<uid>.jsonnet.
# jsonnet has no wildcard: what lies in alerts/ and tests/ops/contracts is named to it here.
set -eu
out=$1
cd "$(dirname "$0")/.."
mkdir -p "$out"
rules=
for file in alerts/*.yaml; do
  case $file in *.test.yaml) ;; *) rules="$rules importstr '$file'," ;; esac
done
contracts=
for file in tests/ops/contracts/*.json; do
  contracts="$contracts '$(basename "$file" .json)': import '$file',"
done
for source in dashboards/*.jsonnet; do
  jsonnet --jpath . --jpath dashboards/lib --ext-code-file catalogue=tests/ops/catalogue.golden.json \
    --ext-code "rules=[$rules]" --ext-code "contracts={$contracts}" \
    --output-file "$out/$(basename "$source" .jsonnet).json" "$source"
done
