#!/bin/sh
# drill.sh [ALERT]: the drills of one alert; without it all of them, the panels, and what must wake nobody.
# Their times go into docs/drills.md. VIGIE_BINARY names the server.
set -eu
cd "$(dirname "$0")/.."
mkdir -p build
if [ $# -gt 0 ]; then
  exec /usr/bin/python3 tests/drills/run.py --alert "$1" --write
fi
status=0
for part in panels_test.py quiet_test.py "run.py --write"; do
  # A word an argument: the splitting is wanted.
  # shellcheck disable=SC2086
  /usr/bin/python3 tests/drills/$part || status=1
done
exit $status
