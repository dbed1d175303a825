"""A witness outside: a second file of checkpoints on another disk, which whoever rewrites this machine's own
file and database does not reach.

Carried after the transaction that signed, so that a slow or absent disk never holds up history; what a disk
missed while it was away is carried when it is back.
"""

import json
import os
from pathlib import Path

import structlog
from django.conf import settings
from django.utils import timezone

from thienly.core.ledger import witness_state
from thienly.core.ledger.checkpoints import checkpoints_file
from thienly.core.ledger.witness_state import Trouble

log = structlog.get_logger(__name__)


def witness_file() -> Path | None:
    """None when none is configured (`ledger_witness`)."""
    name = settings.CONF.file.ledger_witness
    return Path(settings.CONF.data, name) if name else None


def carry() -> int:
    """Appends to the witness what it lacks; returns how many checkpoints. A disk that is away is a warning.

    The witness is only ever appended to: where it knows more than this machine, it is left as it is, and
    verifying says so.
    """
    path = witness_file()
    if path is None:
        return 0
    state, now = witness_state.state(settings.CONF, witness_state.FILE), timezone.now()
    try:
        carried = _carry(checkpoints_file(), path)
        if carried or state.trouble:
            witness_state.keep(settings.CONF, state.took(_newest(path), now))
        return carried
    except OSError as error:
        witness_state.keep(settings.CONF, state.failed(Trouble.AWAY, now))
        log.warning("ledger_witness_away", file=str(path), error=type(error).__name__)
        return 0


def _carry(source: Path, path: Path) -> int:
    known = _newest(path) if path.exists() else 0
    fresh = [line for line in _whole_lines(source) if _seq(line) > known]
    if not fresh:
        return 0
    with path.open("ab+") as file:
        torn = False  # as in `checkpoints`: half a line must not be glued to the next
        if file.tell():
            file.seek(-1, os.SEEK_END)
            torn = file.read(1) != b"\n"
        file.write(b"\n" * torn + b"".join(fresh))
        file.flush()
        os.fsync(file.fileno())
    return len(fresh)


def _newest(path: Path) -> int:
    return max((_seq(line) for line in _whole_lines(path)), default=0)


def _whole_lines(path: Path) -> list[bytes]:
    if not path.exists():
        return []
    return [line for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]


def _seq(line: bytes) -> int:
    """0 for a torn line."""
    try:
        return int(json.loads(line)["seq"])
    except (ValueError, KeyError, TypeError):
        return 0
