#!/usr/bin/env bash
# The static checks. Each prints its own name before it runs.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
failed=0
step() {
  echo "· $1"
  shift
  "$@" || failed=1
}
step "ruff" $bin/ruff check .
step "ruff format" $bin/ruff format --check --quiet .
step "mypy --strict" $bin/mypy
step "import-linter" $bin/lint-imports --no-cache
step "file length" $bin/python -m scripts.file_length
step "migrations up to date" $bin/python manage.py makemigrations --check --dry-run
step "messages translated" $bin/python -m scripts.messages check
step "profiles" $bin/python -m thienly profile lint src/thienly/profiles/*/*.yaml
step "traceability" $bin/python -m scripts.traceability check
step "JavaScript types" scripts/js.sh types
[ $failed = 0 ] && echo "check: all passed"
exit $failed
