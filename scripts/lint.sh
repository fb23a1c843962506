#!/bin/sh
# Checks the format of all C++ sources and runs clang-tidy over each translation unit.
set -eu
cd "$(dirname "$0")/.."
scripts/sources.sh | xargs -r clang-format --dry-run --Werror
# clang reads no headers that g++ has compiled: a directory of its own, that nothing is built in.
cmake --preset dev -B build/lint -DVIGIE_PRECOMPILE=OFF >/dev/null
# g++-only warning options would be faults for clang.
scripts/sources.sh | grep '\.cpp$' |
  xargs -r -n 1 -P "$(nproc)" clang-tidy --quiet -p build/lint --extra-arg=-Wno-unknown-warning-option
