#!/bin/sh
# Prints the project's C++ sources, one a line.
set -eu
cd "$(dirname "$0")/.."
git ls-files --cached --others --exclude-standard -- '*.cpp' '*.hpp'
