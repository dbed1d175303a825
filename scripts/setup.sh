#!/usr/bin/env bash
# Makes .venv from a lock file. `run` installs what the product needs, `dev` also what its tests need;
# `lock` renews the lock files.
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:?run, dev or lock}

python=""
for candidate in python3.11 python3.12 python3.13 python3; do
  if command -v "$candidate" >/dev/null && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    python=$candidate
    break
  fi
done
if [ -z "$python" ]; then
  echo "Python 3.11 or newer is needed (Debian 12: apt-get install python3)." >&2
  exit 1
fi

find_uv() {
  if command -v uv >/dev/null; then
    command -v uv
    return
  fi
  if [ ! -x .boot/bin/uv ]; then
    echo "· uv" >&2
    if ! "$python" -m venv .boot 2>/dev/null; then
      # Debian keeps ensurepip in a package of its own.
      rm -rf .boot
      [ "$(id -u)" = 0 ] || { echo "python3-venv is missing: sudo apt-get install python3-venv" >&2; exit 1; }
      apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -yqq python3-venv >&2
      "$python" -m venv .boot
    fi
    .boot/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt >&2
  fi
  echo .boot/bin/uv
}
uv=$(find_uv)

if [ "$what" = lock ]; then
  "$uv" pip compile pyproject.toml --python-version 3.11 --generate-hashes --no-header -q -o requirements/run.txt
  "$uv" pip compile pyproject.toml --group dev --python-version 3.11 --generate-hashes --no-header -q \
    -o requirements/dev.txt
  exit 0
fi

[ -x .venv/bin/python ] || "$uv" venv --quiet --python "$python" .venv
echo "· Python packages ($what)"
"$uv" pip install --quiet --python .venv/bin/python --require-hashes -r "requirements/$what.txt"
"$uv" pip install --quiet --python .venv/bin/python --no-deps --editable .
touch ".venv/.$what"
