"""What a document may be used for: certain cameras, a stretch of time, a purpose, a receiver, until a day.

A document is used only inside its scope, and not once it has expired or was revoked; it may serve many
requests (requirements F4). An empty part of the scope limits nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Outside(StrEnum):
    """Why a document does not carry a request."""

    REVOKED = "revoked"
    EXPIRED = "expired"
    CAMERAS = "cameras"  # for others
    TIME = "time"  # footage of another time
    PURPOSE = "purpose"
    RECIPIENT = "recipient"


@dataclass(frozen=True, slots=True)
class DocumentScope:
    """`until`: last day of use. `start`, `end`: of the footage. `recipient`: folded."""

    cameras: frozenset[str] = frozenset()
    start: datetime | None = None
    end: datetime | None = None
    purpose: str = ""
    recipient: str = ""
    until: date | None = None
    revoked: bool = False


def outside(
    scope: DocumentScope,
    *,
    cameras: Collection[str],
    start: datetime,
    end: datetime,
    purpose: str,
    recipient: str,
    today: date,
) -> list[Outside]:
    """Why the request lies outside the document; [] when it lies inside. `recipient`: folded, "" for none."""
    found: list[Outside] = []
    if scope.revoked:
        found.append(Outside.REVOKED)
    if scope.until is not None and today > scope.until:
        found.append(Outside.EXPIRED)
    if scope.cameras and not scope.cameras.issuperset(cameras):
        found.append(Outside.CAMERAS)
    if (scope.start is not None and start < scope.start) or (scope.end is not None and end > scope.end):
        found.append(Outside.TIME)
    if scope.purpose and purpose != scope.purpose:
        found.append(Outside.PURPOSE)
    if scope.recipient and recipient and scope.recipient not in recipient:
        found.append(Outside.RECIPIENT)
    return found
