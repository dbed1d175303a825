#!/usr/bin/env bash
# Everything the tests need, then all tests: on SQLite, the core again on PostgreSQL, and the JavaScript.
set -uo pipefail
cd "$(dirname "$0")/.."
scripts/system.sh test || exit 1
.venv/bin/python -m scripts.messages compile || exit 1
rm -rf build/proof
failed=0

echo "· JavaScript"
scripts/js.sh test || failed=1

echo "· the core on PostgreSQL"
THIENLY_TEST_DB=postgres THIENLY_PROOF=build/proof/postgres.json \
  .venv/bin/python -m pytest -q tests/test_database.py tests/core tests/api tests/steward tests/web tests/walk || failed=1

echo "· everything on SQLite"
THIENLY_PROOF=build/proof/sqlite.json .venv/bin/python -m pytest -q || failed=1

.venv/bin/python -m scripts.traceability check --ran build/proof || failed=1
exit $failed
