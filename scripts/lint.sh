#!/bin/sh
# Checks the format of all C++ sources, and runs clang-tidy over each translation unit.
#
#   scripts/lint.sh            both
#   scripts/lint.sh format     seconds
#   scripts/lint.sh tidy 1/4   every fourth unit, beginning with the second: minutes
set -eu
cd "$(dirname "$0")/.."

check_format() { scripts/sources.sh | xargs -r clang-format --dry-run --Werror; }

# tidy K/N
tidy() {
  # clang reads no headers that g++ has compiled: a directory of its own, that nothing is built in.
  cmake --preset dev -B build/lint -DVIGIE_PRECOMPILE=OFF >/dev/null
  # g++-only warning options would be faults for clang.
  scripts/sources.sh | grep '\.cpp$' | awk -v part="${1%/*}" -v parts="${1#*/}" 'NR % parts == part' |
    xargs -r -n 1 -P "$(nproc)" clang-tidy --quiet -p build/lint --extra-arg=-Wno-unknown-warning-option
}

case ${1:-all} in
  all) check_format && tidy 0/1 ;;
  format) check_format ;;
  tidy) tidy "${2:-0/1}" ;;
  *) echo "lint.sh [format | tidy [K/N]]" >&2 && exit 2 ;;
esac
