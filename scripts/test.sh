#!/usr/bin/env bash
# Everything the tests need, then all tests: three runs at a time, the longest first, for most tests wait for
# something. What a run said follows when it is through. Then, alone, those that look at moving pictures in a browser.
set -uo pipefail
cd "$(dirname "$0")/.."
scripts/system.sh test || exit 1
scripts/js.sh modules || echo "JavaScript packages are missing: tests that need them will be skipped" >&2
.venv/bin/python -m scripts.messages compile || exit 1
rm -rf build/proof
mkdir -p build
failed=0
declare -A runs=() # of those that go on: the name by the process

beside() { # the name of the run, then what pytest is to run
  local name=$1
  shift
  ((${#runs[@]} < 3)) || through
  THIENLY_PROOF=build/proof/$name.json .venv/bin/python -m pytest -q "$@" >"build/$name.log" 2>&1 &
  runs[$!]=$name
}

through() { # waits until one of them is
  local process
  wait -n -p process "${!runs[@]}" || failed=1
  echo "· ${runs[$process]}"
  cat "build/${runs[$process]}.log"
  unset "runs[$process]"
}

trap 'kill "${!runs[@]}" 2>/dev/null; wait; exit 130' INT TERM

# The walk over every route as every person asks the same of either database.
THIENLY_TEST_DB=postgres beside postgres-routes tests/walk/test_every_route.py
THIENLY_TEST_DB=postgres beside postgres-walk tests/walk --ignore=tests/walk/test_every_route.py
beside faults tests/faults --ignore=tests/faults/test_soak.py
beside media tests/media tests/sim tests/realcam --ignore=tests/media/recorder --ignore=tests/media/remote
THIENLY_TEST_DB=postgres beside postgres-web tests/api tests/steward tests/web
beside media-recorder tests/media/recorder
# Pages and the interface are asked on PostgreSQL; on SQLite the browser asks them.
beside others --ignore=tests/{api,browser,core,faults,gateway,media,realcam,sim,steward,walk,web}
beside gateway tests/gateway
beside media-remote tests/media/remote
beside soak tests/faults/test_soak.py
THIENLY_TEST_DB=postgres beside postgres-core tests/test_database.py tests/core
beside core tests/core
echo "· JavaScript"
scripts/js.sh test || failed=1
while ((${#runs[@]})); do through; done

beside browser tests/browser
through

.venv/bin/python -m scripts.traceability check --ran build/proof || failed=1
exit $failed
