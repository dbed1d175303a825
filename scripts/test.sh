#!/usr/bin/env bash
# Everything the tests need, then all tests. Two lanes side by side, for most tests wait for something: one drives
# whole installations (browser, faults, real cameras), the other holds the JavaScript, the core on PostgreSQL and
# everything else on SQLite. The first lane's output follows at the end.
set -uo pipefail
cd "$(dirname "$0")/.."
scripts/system.sh test || exit 1
.venv/bin/python -m scripts.messages compile || exit 1
rm -rf build/proof
mkdir -p build
failed=0
whole="tests/browser tests/faults tests/realcam"

# shellcheck disable=SC2086 - a list of words
THIENLY_PROOF=build/proof/whole.json .venv/bin/python -m pytest -q $whole >build/whole.log 2>&1 &
lane=$!
trap 'kill -INT $lane 2>/dev/null' INT TERM

echo "· JavaScript"
scripts/js.sh test || failed=1

echo "· the core on PostgreSQL"
THIENLY_TEST_DB=postgres THIENLY_PROOF=build/proof/postgres.json \
  .venv/bin/python -m pytest -q tests/test_database.py tests/core tests/api tests/steward tests/web tests/walk || failed=1

echo "· everything that fits into one process, on SQLite"
# shellcheck disable=SC2046 - a list of words
THIENLY_PROOF=build/proof/sqlite.json .venv/bin/python -m pytest -q $(printf -- '--ignore=%s ' $whole) || failed=1

echo "· whole installations: browser, faults, real cameras"
wait $lane || failed=1
cat build/whole.log

.venv/bin/python -m scripts.traceability check --ran build/proof || failed=1
exit $failed
