#!/bin/sh
# Checks the format of all C++ sources and runs clang-tidy over each translation unit of the dev build.
set -eu
cd "$(dirname "$0")/.."
scripts/sources.sh | xargs -r clang-format --dry-run --Werror
if [ ! -f build/dev/compile_commands.json ]; then cmake --preset dev >/dev/null; fi
# g++-only warning options would be faults for clang.
scripts/sources.sh | grep '\.cpp$' |
  xargs -r -n 1 -P "$(nproc)" clang-tidy --quiet -p build/dev --extra-arg=-Wno-unknown-warning-option
