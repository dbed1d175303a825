#!/usr/bin/env bash
# Everything the tests need, then all tests. Three lanes side by side, for most tests wait for something: the media
# plane; whole installations under faults; everything else (the core on PostgreSQL too). The output of the first two
# follows when all are through. Then, alone, those that look at moving pictures in a browser.
set -uo pipefail
cd "$(dirname "$0")/.."
scripts/system.sh test || exit 1
scripts/js.sh modules || echo "JavaScript packages are missing: tests that need them will be skipped" >&2
.venv/bin/python -m scripts.messages compile || exit 1
rm -rf build/proof
mkdir -p build
failed=0
media="tests/media tests/sim tests/realcam"
faults="tests/faults"

proven() { # the name of the run, then what pytest is to run
  local name=$1
  shift
  THIENLY_PROOF=build/proof/$name.json .venv/bin/python -m pytest -q "$@"
}

beside() { # the same in the background; sets `lane`
  local name=$1
  shift
  THIENLY_PROOF=build/proof/$name.json .venv/bin/python -m pytest -q "$@" >"build/$name.log" 2>&1 &
  lane=$!
}

# shellcheck disable=SC2086 - a list of words
beside media $media
media_lane=$lane
beside faults $faults
faults_lane=$lane
trap 'kill $media_lane $faults_lane 2>/dev/null; wait $media_lane $faults_lane; exit 130' INT TERM

echo "· JavaScript"
scripts/js.sh test || failed=1

echo "· the core on PostgreSQL"
THIENLY_TEST_DB=postgres proven postgres \
  tests/test_database.py tests/core tests/api tests/steward tests/web tests/walk || failed=1

# The walk over every route as every person was on PostgreSQL; it asks the same of either.
echo "· everything but media, faults, pictures and the walk, on SQLite"
# shellcheck disable=SC2046,SC2086 - a list of words
proven sqlite $(printf -- '--ignore=%s ' $media $faults tests/browser tests/walk) || failed=1

echo "· the media plane, real cameras"
wait $media_lane || failed=1
cat build/media.log

echo "· whole installations under faults"
wait $faults_lane || failed=1
cat build/faults.log

echo "· pictures in a browser"
proven browser tests/browser || failed=1

.venv/bin/python -m scripts.traceability check --ran build/proof || failed=1
exit $failed
