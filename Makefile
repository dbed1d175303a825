# Everything starts here. `make run` shows it, `make test` proves it; both work from a fresh clone.
.DEFAULT_GOAL := help
PY := .venv/bin/python
export PYTHONDONTWRITEBYTECODE ?=

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.venv/.run: requirements/run.txt pyproject.toml scripts/setup.sh
	@scripts/setup.sh run

.venv/.dev: requirements/dev.txt pyproject.toml scripts/setup.sh
	@scripts/setup.sh dev

build: .venv/.run  ## the packages and the translations: all that a real installation needs
	@$(PY) -m scripts.messages compile

run: build  ## make the demo province and run it (THIENLY_PORT, THIENLY_DATA move it)
	@exec $(PY) -m thienly demo

test: .venv/.dev  ## everything the tests need, then all tests
	@scripts/test.sh

check: .venv/.dev  ## the static checks
	@scripts/check.sh

bench: .venv/.dev  ## the benchmarks; JSON lines
	@scripts/system.sh bench
	$(PY) -m bench.record --cameras 100 --seconds 30 --against ffmpeg,floor --json
	$(PY) -m bench.live --json --browser
	$(PY) -m bench.copies --json
	$(PY) -m bench.mjpeg --json
	$(PY) -m bench.hls --json
	$(PY) -m bench.ledger --json
	$(PY) -m bench.ledger --json --database sqlite

soak: .venv/.dev  ## two hours of random faults (THIENLY_SOAK_S shortens it); JSON
	$(PY) -m tests.faults.soak

traceability: .venv/.dev  ## fill docs/traceability.csv from the marks of the tests
	@$(PY) -m scripts.traceability update

lock:  ## renew the lock files after a change of pyproject.toml
	@scripts/setup.sh lock

.PHONY: help build run test check bench soak traceability lock
