"""The sections of a profile beside rights: approvals, deadlines, duties, what the text leaves open.

`cite` and `basis` of every entry: `rules.profile_entry`. Parties are ids of unit types or roles, or one of
`PARTIES`. Who reads what is decided elsewhere; here is only what a regulation can say.
"""

import datetime as dt
import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from thienly.rules.profile_entry import Cite, Duration, Entry, Id, Named

PARTIES = frozenset(
    {
        "any",  # whoever is bound by the regulation
        "using_unit",  # a unit that uses the system
        "direct_superior",  # of the unit that acts
        "site_leader",  # the leader of the unit where the camera hangs
        "competent_authority",  # whom a parameter names
        "competent_manager",  # whom a parameter names
        "relevant_agencies",
        "response_agency",
        "road_authority",
        "specialised_agency",
    }
)
"""Parties that a text names by their part in the matter instead of by a unit."""

ApprovedAction = Literal[
    "extract",
    "provide",
    "view.playback",
    "view.any",
    "data.change",
    "device.attach",
    "device.change",
    "device.activate",
    "site.install",
    "grant.sector",
    "api.issue",
    "public.publish",
    "project.approve",
]
"""What an approval can be asked for: verbs of rights, and matters of the register."""

Condition = Literal[
    "always",
    "recipient_outside_unit",
    "actor_is_provider",
    "requester_is_holder",  # has an account that reaches the camera
    "requester_not_holder",
    "requester_not_manager_of_camera",
    "camera_outside_own_remit",
    "proposed_by_other",
    "change_of_equipment",
    "public_investment",
]

Form = Literal["in_app", "opinion", "written_or_opinion", "written"]
FORMS: tuple[Form, ...] = ("in_app", "opinion", "written_or_opinion", "written")
"""The evidence ladder (requirements F4), the weakest first."""


class Defect(Named):
    """Something wrong with the text itself, or with the copy held; it is shown, never corrected silently."""


class Bound(Entry):
    """A body that the text names as bound to carry it out."""

    unit: Id


class Outside(Named):
    """What the regulation says it does not govern."""


class Approval(Entry):
    """`action` wants the agreement of `approver`; where the text names nobody, of whom `parameter` names."""

    action: ApprovedAction
    when: Condition
    site: Id | None = None  # only for cameras at places of this type
    approver: Annotated[list[str], Field(min_length=1)]
    parameter: Id | None = None
    mode: Literal["any", "all"]
    form: Form
    prior: bool = False  # before anything is done
    delegable: bool = False  # the approver may empower another in writing
    requires_application: bool = False  # đơn đề nghị


class Prohibition(Named):
    enforce: Annotated[list[Literal["block", "detect", "record"]], Field(min_length=1)]


class Limit(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    n: Annotated[int, Field(ge=0, le=999)]  # 0 with `immediate`
    unit: Literal["immediate", "hour", "day", "working_day", "month"]


class Clock(Named):
    """A deadline: from `trigger` on, `actor` has `limit` to do what `vi` says, towards `to`."""

    trigger: Id
    limit: Limit
    actor: str
    to: list[str] = []


class Recurrence(Named):
    """A duty that comes again. Where the text gives no number, `parameters` name who settles it."""

    every: Literal["parameter"] | Duration
    due: Annotated[str, Field(pattern=r"^(parameter|after_last|before_day:([1-9]|[12][0-9]|3[01]))$")]
    actor: str
    to: list[str] = []
    parameters: list[Id] = []

    @property
    def before_day(self) -> int | None:
        """The day of the period's last month before which it must be done; that day is too late."""
        return int(self.due.split(":")[1]) if self.due.startswith("before_day:") else None


class Notice(Named):
    """`sender` tells `to` (each of them, or any one) of `event`; `via`: through whose hands."""

    event: Id
    sender: Annotated[str, Field(alias="from")]
    to: Annotated[list[str], Field(min_length=1)]
    via: str | None = None
    when: Literal["immediate", "on_event", "on_decision", "on_request", "before_install"]
    mode: Literal["any", "all"] = "all"
    written: bool = False


class Incident(Named):
    categories: Annotated[list[Id], Field(min_length=1)]


class Register(Named):
    """A book that must be kept, and what stands in each line of it."""

    fields_: Annotated[list[Id], Field(alias="fields", min_length=1)]
    to: list[str] = []  # who is given it


class Network(Named):
    rule: Id
    value: Annotated[list[str], Field(min_length=1)]
    enforce: Literal["https_only", "block_others", "separate_gateway", "block_plaintext"]


class DeviceRule(Named):
    rule: Id
    value: list[str] = []
    at: Id | None = None  # only at places of this type
    min: Annotated[int, Field(ge=1)] | None = None
    parameter: Id | None = None


class Quality(Named):
    rule: Id
    actor: str
    parameter: Id | None = None


class Duty(Named):
    actor: str


ParameterKind = Literal[
    "duration", "days", "number", "percent", "metres", "date", "unit", "yes_no", "choice", "text"
]

_SHAPES: dict[ParameterKind, str] = {
    "duration": r"P[1-9][0-9]{0,3}[DWMY]",
    "days": r"[1-9][0-9]{0,3}",
    "number": r"[1-9][0-9]{0,3}",
    "percent": r"(100|[1-9]?[0-9])([.,][0-9]{1,3})?%",
    "metres": r"[1-9][0-9]{0,4} m",
    "yes_no": r"yes|no",
}


_EXAMPLES: dict[ParameterKind, str] = {
    "duration": "P30D, P6M",
    "days": "5",
    "number": "12",
    "percent": "98%",
    "metres": "50 m",
    "date": "2026-11-25",
    "unit": "UBND tỉnh",
    "yes_no": "yes, no",
    "choice": "",
    "text": "…",
}


def percent_of(value: str) -> float:
    """`98%` as 0.98. Raises ValueError."""
    return float(value.removesuffix("%").replace(",", ".")) / 100


class Parameter(Named):
    """What the text leaves open, and why it must be settled (requirements F2).

    `value`: what we go by until the province decides; null: nothing. `proposal`: what we suggest, without
    effect. `closes`: what nobody may do until somebody who is competent has settled it by a document.
    """

    kind: ParameterKind
    value: str | None
    proposal: str = ""
    choices: list[str] = []
    closes: list[ApprovedAction] = []
    activation: bool = False  # the regulation cannot be in force before it is settled

    @property
    def shape(self) -> str:
        """An example of a value, or the choices."""
        return ", ".join(self.choices) if self.choices else _EXAMPLES[self.kind]

    def accepts(self, value: str) -> bool:
        """Whether a value has the shape that this parameter wants."""
        if self.kind == "choice":
            return value in self.choices
        if self.kind == "date":
            try:
                dt.date.fromisoformat(value)
            except ValueError:
                return False
            return True
        if shape := _SHAPES.get(self.kind):
            return re.fullmatch(shape, value) is not None
        return bool(value.strip())


class Transition(Named):
    """What became of a unit type since: a proposal until the province decides (requirements F5).

    `vi`: which of its functions. `to`: the successor in words; empty: nobody. `law`: what abolished it.
    """

    unit: Id
    since: Annotated[dt.date, Field(alias="from")]
    to: str = ""
    law: Cite
