"""Carries checkpoints to witnesses beyond this machine. It reads the checkpoints' file alone, so that a
witness that does not answer holds up neither history nor the database."""

import json
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

import structlog

from thienly.conf import Conf
from thienly.conf_witness import WitnessConf
from thienly.core.ledger import witness_mail, witness_s3, witness_state
from thienly.core.ledger.witness_state import Trouble, WitnessError

AT_ONCE = 5000  # lines: about 1.5 MB

log = structlog.get_logger(__name__)


def carry(conf: Conf, *, now: datetime) -> int:
    """Sends what is due to each witness; returns how many took something. One that fails is noted, and tried
    again later; what was due to it goes with the next."""
    return sum(_carry(conf, witness, now) for witness in conf.file.witnesses)


def _carry(conf: Conf, witness: WitnessConf, now: datetime) -> bool:
    state = witness_state.state(conf, witness.name)
    every = timedelta(minutes=witness.every_minutes)
    if not state.due(newest=_newest(conf), every=every, now=now):
        return False
    lines = _after(conf, state.seq)
    if not lines:
        return False
    first, last = _seq(lines[0]), _seq(lines[-1])
    try:
        if witness.kind == "s3":
            witness_s3.put(conf, witness, lines=b"".join(lines), seq=last)
        else:
            witness_mail.send(conf, witness, lines=b"".join(lines), first=first, last=last)
    except WitnessError as error:
        cause = type(error.__cause__).__name__
        log.warning("ledger_witness_failed", witness=witness.name, trouble=error.trouble.value, cause=cause)
        witness_state.keep(conf, state.failed(error.trouble, now))
        return False
    witness_state.keep(conf, state.took(last, now))
    return True


def fetch(conf: Conf, witness: WitnessConf) -> list[bytes]:
    """What an S3 witness holds, in the order of the entries, each line once. Raises WitnessError."""
    if witness.kind != "s3":
        raise WitnessError(Trouble.REFUSED)
    found = set(witness_s3.fetch(conf, witness).splitlines(keepends=True))
    return sorted(found, key=lambda line: (_seq(line), line))


def _source(conf: Conf) -> Path:
    return Path(conf.data, "ledger", "checkpoints.jsonl")


def _newest(conf: Conf) -> int:
    """The entry of the last whole line; 0 without one."""
    try:
        with _source(conf).open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - 4096))
            whole = [line for line in file.read().splitlines(keepends=True) if line.endswith(b"\n")]
    except OSError:
        return 0
    return _seq(whole[-1]) if whole else 0


def _after(conf: Conf, seq: int) -> list[bytes]:
    with _source(conf).open("rb") as file:
        return list(islice((line for line in file if line.endswith(b"\n") and _seq(line) > seq), AT_ONCE))


def _seq(line: bytes) -> int:
    """0 for a torn line."""
    try:
        return int(json.loads(line)["seq"])
    except (ValueError, KeyError, TypeError):
        return 0
