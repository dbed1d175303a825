"""Refusals of the gate. A boundary (page, API, stream) turns them into 404 and 403; both are recorded."""

from thienly.rules.access import Reason
from thienly.rules.actions import Action

__all__ = ["NotAllowed", "OutsideScope", "Reason", "Refused"]


class Refused(Exception):
    """Base of both refusals."""

    status = 403

    def __init__(
        self, *, action: Action, object_kind: str, object_id: str, label: str, reasons: list[Reason]
    ) -> None:
        super().__init__(f"{action.value} on {object_kind} {object_id}")
        self.action = action
        self.object_kind = object_kind
        self.object_id = object_id
        self.label = label
        self.reasons = reasons


class OutsideScope(Refused):
    """404: for this person the object does not exist. Pages must not tell it from an id that never was."""

    status = 404


class NotAllowed(Refused):
    """403: the person may know the object, not do this to it."""

    status = 403
