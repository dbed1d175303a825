"""What an interruption of recording was: its class, and the case in which a person settles it.

QN Đ5.7 tells planned outage, fault and suspected sabotage apart; NB Đ5.1 power, network, device and manual
disconnection. Where the recorder's problem code leaves only one class possible it is derived; else the
interruption counts as unclassified until a person says what it was.
"""

from enum import StrEnum

from thienly.rules.actions import Action
from thienly.rules.cases import Table, Transition
from thienly.rules.problems import Problem


class OutageClass(StrEnum):
    POWER = "power"
    NETWORK = "network"
    DEVICE = "device"
    MANUAL = "manual"  # somebody stopped it
    PLANNED = "planned"  # announced before
    SABOTAGE = "sabotage"  # suspected
    PLATFORM = "platform"  # our side: recorder, disk
    UNKNOWN = "unknown"  # nobody knows (yet)


_DERIVED: dict[Problem, OutageClass] = {
    Problem.BAD_URL: OutageClass.DEVICE,
    Problem.ADDRESS_REFUSED: OutageClass.DEVICE,
    Problem.HOST_UNKNOWN: OutageClass.NETWORK,
    Problem.REFUSED: OutageClass.DEVICE,  # the host answers, so power and network are there
    Problem.TIMEOUT: OutageClass.DEVICE,
    Problem.AUTH_FAILED: OutageClass.DEVICE,
    Problem.NOT_FOUND: OutageClass.DEVICE,
    Problem.PROTOCOL: OutageClass.DEVICE,
    Problem.NO_VIDEO: OutageClass.DEVICE,
    Problem.UNSUPPORTED_CODEC: OutageClass.DEVICE,
    Problem.FLOOD: OutageClass.DEVICE,
    Problem.CORRUPT: OutageClass.NETWORK,
    Problem.STORE_FULL: OutageClass.PLATFORM,
    Problem.STORE_FAILED: OutageClass.PLATFORM,
    Problem.RECORDER_STOPPED: OutageClass.PLATFORM,
    Problem.RECORDER_KILLED: OutageClass.PLATFORM,
    Problem.HANDOVER: OutageClass.PLATFORM,
    Problem.NOT_SCHEDULED: OutageClass.MANUAL,
}
"""Not here: `unreachable`, `closed` and `stalled`, which a cut cable, a dead power supply and a pulled plug
share, and `unexplained`."""


DELIBERATE = frozenset({OutageClass.MANUAL, OutageClass.SABOTAGE})
"""Somebody's doing, and so possibly a violation."""


def class_of(problem: Problem) -> OutageClass:
    """What the problem code alone proves."""
    return _DERIVED.get(problem, OutageClass.UNKNOWN)


_KEEPER_OR_INSPECTOR = (Action.CONFIG_DEVICE, Action.INSPECT_META)

OUTAGE = Table(
    kind="outage",
    initial="open",
    opened_by=_KEEPER_OR_INSPECTOR,
    transitions=(
        Transition(
            "classify",
            ("open", "classified"),
            "classified",
            _KEEPER_OR_INSPECTOR,
            needs_note=True,
            by_service=True,
        ),
        # Deliberate disconnection is forbidden to everybody (NB Đ5.1): what was somebody's doing may be one.
        Transition(
            "suspect", ("classified",), "suspected", _KEEPER_OR_INSPECTOR, needs_note=True, by_service=True
        ),
        # Nobody clears himself: who keeps the devices may report, who inspects decides.
        Transition("clear", ("suspected",), "classified", (Action.INSPECT_META,), needs_note=True),
        Transition("confirm", ("suspected",), "violation", (Action.INSPECT_META,), needs_note=True),
        # No way leads from `open` to `closed`: an outage is classified before it is closed (QN Đ5.7).
        Transition("close", ("classified", "violation"), "closed", _KEEPER_OR_INSPECTOR),
        Transition("reopen", ("closed",), "open", _KEEPER_OR_INSPECTOR, needs_note=True),
    ),
    closed=frozenset({"closed"}),
)
