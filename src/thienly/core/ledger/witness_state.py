"""How it stands with each witness outside: a note beside the checkpoints, for the page and the doctor."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from thienly.conf import Conf

FILE = "file"  # the witness that is a file on another disk (`ledger_witness`)
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=10)


class Trouble(StrEnum):
    """Why a witness did not take what it was sent."""

    AWAY = "away"  # not reached, or no answer in time
    REFUSED = "refused"  # it does not let us in, or not write
    CONFLICT = "conflict"  # it holds something else in this place: one of the two was rewritten


class WitnessError(Exception):
    """The witness did not take it."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class WitnessState:
    """`seq`: the entry up to which it holds signatures. `since`: from when on it fails; None: it does not."""

    name: str
    seq: int = 0
    at: datetime | None = None  # when it last took something
    tried: datetime | None = None
    trouble: Trouble | None = None
    since: datetime | None = None
    failures: int = 0

    def took(self, seq: int, now: datetime) -> "WitnessState":
        """A conflict is not over because the next signatures are taken: it stays until somebody looked."""
        if self.trouble is Trouble.CONFLICT:
            return replace(self, seq=seq, at=now, tried=now, failures=0)
        return WitnessState(self.name, seq=seq, at=now, tried=now)

    def failed(self, trouble: Trouble, now: datetime) -> "WitnessState":
        since = self.since or now
        return replace(self, tried=now, trouble=trouble, since=since, failures=self.failures + 1)

    def due(self, *, newest: int, every: timedelta, now: datetime) -> bool:
        """Whether to send something: at its beat, after a failure earlier and then more and more slowly."""
        if newest <= self.seq:
            return False
        if self.tried is None:
            return True
        wait = (
            every if not self.failures else min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(self.failures - 1, 8))
        )
        return now - self.tried >= wait


def names(conf: Conf) -> list[str]:
    """Of all witnesses that are configured."""
    return [FILE] * bool(conf.file.ledger_witness) + [one.name for one in conf.file.witnesses]


def states(conf: Conf) -> list[WitnessState]:
    return [state(conf, name) for name in names(conf)]


def state(conf: Conf, name: str) -> WitnessState:
    """Of one that never was written to, or whose note cannot be read: as if nothing had been sent."""
    try:
        facts = json.loads(_note(conf, name).read_text())
        moments = {key: facts[key] and datetime.fromisoformat(facts[key]) for key in ("at", "tried", "since")}
        trouble = Trouble(facts["trouble"]) if facts["trouble"] else None
        return WitnessState(
            name, int(facts["seq"]), trouble=trouble, failures=int(facts["failures"]), **moments
        )
    except (OSError, ValueError, KeyError, TypeError):
        return WitnessState(name)


def keep(conf: Conf, state: WitnessState) -> None:
    path = _note(conf, state.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(asdict(state), default=lambda at: at.isoformat()))
    fresh.replace(path)


def _note(conf: Conf, name: str) -> Path:
    return Path(conf.data, "ledger", f"witness-{name}.json")
