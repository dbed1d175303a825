"""What a request for footage needs before it may be carried out, and who can give it.

Of several regulations over a camera each wants its own approvals, and all of them must be had (requirements
B6). An approval is had in its form or a stronger one (F4): a decision in the system satisfies `in_app` and an
opinion, a document satisfies everything. Nobody decides on his own request, save a post to which the text
itself gives the extraction (DN Đ5): then nothing is asked, and a second person is told.

Pure: `now` is aware and in the installation's time zone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from thienly.rules.access import Reason, ReasonCode
from thienly.rules.actions import Action
from thienly.rules.extraction import Gate
from thienly.rules.held import Held, counts, held_by
from thienly.rules.profile import Profile
from thienly.rules.profile_sections import FORMS, Approval, Condition, Form
from thienly.rules.scope import ObjectFacts, SeatFacts

SPEAKS = frozenset({"leader", "head", "contact"})
"""Seats that speak for their unit where a text names the unit and not the post."""

_WATCHING = frozenset({Action.VIEW_LIVE, Action.VIEW_PLAYBACK})
_CONTRACTOR = "contractor"


@dataclass(frozen=True, slots=True)
class Asked:
    """A camera that is asked for. `places`: by regulation, the types of places that it hangs at."""

    camera: ObjectFacts
    code: str
    unit: str  # id of the managing unit
    unit_name: str
    functions: frozenset[str]  # of that unit
    places: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks. Without seats: somebody outside, for whom an officer enters it. `outside`: the copy goes to
    somebody beyond the asker's own unit."""

    seats: tuple[SeatFacts, ...] = ()
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Need:
    """One agreement that must be had, of the unit that manages these cameras or by its tier."""

    gate: Gate
    profile: Profile
    approval: Approval
    unit: str
    unit_name: str
    cameras: tuple[ObjectFacts, ...]

    @property
    def key(self) -> str:
        """Names the need; it is another one when the camera has passed to another unit."""
        return f"{self.gate}:{self.profile.id}:{self.approval.id}:{self.unit}"

    @property
    def cite(self) -> str:
        return self.profile.cited(self.approval)

    def satisfied_by(self, form: Form) -> bool:
        return satisfies(form, self.approval.form)


@dataclass(frozen=True, slots=True)
class Wanted:
    """`needs`: what must be had. `standing`: articles by which the asker extracts of his own right.
    `lacking`: why it can be had by nobody; nothing may be sent as long as it is not empty."""

    needs: tuple[Need, ...]
    standing: tuple[str, ...]
    lacking: tuple[Reason, ...]

    def of(self, gate: Gate) -> tuple[Need, ...]:
        return tuple(need for need in self.needs if need.gate == gate)

    @property
    def cites(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*(need.cite for need in self.needs), *self.standing)))


def satisfies(have: Form, want: Form) -> bool:
    """Whether an agreement in the form `have` is enough; a signed decision in the system is an opinion."""
    return want in ("opinion", "written_or_opinion") or FORMS.index(have) >= FORMS.index(want)


def wanted(
    *,
    asked: Sequence[Asked],
    asker: Asker,
    governing: Mapping[str, Profile],
    today: Mapping[str, Profile],
    settled: Mapping[str, frozenset[str]],
    now: datetime,
) -> Wanted:
    """`governing`: the regulations under which the case opened; `today`: those by which seats count now;
    `settled`: by regulation, the parameters that documents have settled."""
    needs: dict[tuple[Gate, str, str, str], list[ObjectFacts]] = {}
    heads: dict[tuple[Gate, str, str, str], tuple[Profile, Approval, Asked]] = {}
    standing: dict[str, None] = {}
    lacking: list[Reason] = []
    for one in asked:
        over = [rules for rules in governing.values() if rules.governs(one.camera.sectors)]
        lacking += _secret(one, over)
        for rules in over:
            holding = conditions(rules, one, asker=asker, today=today, now=now)
            gates: tuple[Gate, ...] = ("extract", "provide") if asker.outside else ("extract",)
            for gate in gates:
                lacking += _open(gate, rules, settled.get(rules.id, frozenset()))
                found = [
                    approval
                    for approval in rules.approvals
                    if approval.action == gate and approval.when in holding and _here(approval, rules, one)
                ]
                for approval in found:
                    key = (gate, rules.id, approval.id, one.unit)
                    needs.setdefault(key, []).append(one.camera)
                    heads.setdefault(key, (rules, approval, one))
                if found:
                    continue
                own = [piece.cite for piece in own_right(rules, one, asker=asker, today=today, now=now)]
                if gate == "extract" and own:
                    standing |= dict.fromkeys(own)
                else:
                    lacking.append(_by_nobody(gate, rules))
    return Wanted(
        needs=tuple(
            Need(key[0], rules, approval, key[3], one.unit_name, tuple(needs[key]))
            for key, (rules, approval, one) in heads.items()
        ),
        standing=tuple(standing),
        lacking=tuple(_once(lacking)),
    )


def conditions(
    rules: Profile, one: Asked, *, asker: Asker, today: Mapping[str, Profile], now: datetime
) -> frozenset[Condition]:
    """Which conditions of approvals hold when this asker asks for this camera."""
    live = [seat for seat in asker.seats if seat.profile == rules.id and counts(seat, today, now)]
    held = list(_held(live, today, now))
    watches = any(_WATCHING & piece.actions and piece.reaches(one.camera) for piece in held)
    own = own_right(rules, one, asker=asker, today=today, now=now)
    manages = any(piece.holder.unit.id == one.unit for piece in own)
    found: set[Condition] = {"always", "requester_is_holder" if watches else "requester_not_holder"}
    if not manages:
        found.add("requester_not_manager_of_camera")
    if asker.outside:
        found.add("recipient_outside_unit")
    if is_contractor(asker.seats, today, now):
        found.add("actor_is_provider")
    return frozenset(found)


def is_contractor(seats: Iterable[SeatFacts], today: Mapping[str, Profile], now: datetime) -> bool:
    """Whether somebody sits for the enterprise that built or runs the system, under any regulation."""
    for seat in seats:
        if counts(seat, today, now):
            rules = today[seat.profile]
            role = rules.role(seat.role)
            kinds = {unit.id: unit.kind for unit in rules.unit_types}
            if role is not None and kinds.get(role.unit) == _CONTRACTOR:
                return True
    return False


def own_right(
    rules: Profile, one: Asked, *, asker: Asker, today: Mapping[str, Profile], now: datetime
) -> list[Held]:
    """By what the asker extracts from this camera himself, under this regulation or one that prevails."""
    return [
        piece
        for piece in _held(asker.seats, today, now)
        if Action.EXTRACT in piece.actions
        and piece.reaches(one.camera)
        and (piece.profile.id == rules.id or piece.prevails)
    ]


def may_be_emergency(
    asked: Sequence[Asked], *, asker: Asker, today: Mapping[str, Profile], now: datetime
) -> tuple[str, ...]:
    """The articles by which the asker may go ahead at once and justify it afterwards; () when he may not.

    Who commands "in every situation" (a right that prevails, QN Đ6.1) and may extract from every one of the
    cameras. It puts off what is decided in the system, never a document and never provision.
    """
    cites: dict[str, None] = {}
    for one in asked:
        held = [piece for piece in _held(asker.seats, today, now) if piece.reaches(one.camera)]
        commands = [piece for piece in held if piece.prevails]
        if not commands or not any(Action.EXTRACT in piece.actions for piece in held):
            return ()
        cites |= dict.fromkeys(piece.cite for piece in commands)
    return tuple(cites)


def might_decide(seats: Iterable[SeatFacts], *, today: Mapping[str, Profile], now: datetime) -> bool:
    """Whether somebody holds a seat that could decide on anything at all; asked before each request is."""
    for seat in seats:
        if not counts(seat, today, now):
            continue
        role = today[seat.profile].role(seat.role)
        if role is not None and role.seat in SPEAKS:
            return True
        if any(Action.APPROVE in piece.actions for piece in held_by(seat, today, now)):
            return True
    return False


def deciding_seat(
    need: Need,
    seats: Iterable[SeatFacts],
    *,
    competent: frozenset[str],
    today: Mapping[str, Profile],
    now: datetime,
) -> SeatFacts | None:
    """The seat by which a person can give what is needed; None: he cannot.

    `competent`: ids of the units that a document names where the text names nobody (`Approval.parameter`).
    """
    rules, approvers = need.profile, set(need.approval.approver)
    for seat in seats:
        if not counts(seat, today, now):
            continue
        role = today[seat.profile].role(seat.role)
        if role is None:
            continue
        speaks = role.seat in SPEAKS
        if need.approval.parameter and seat.unit.id in competent and speaks:
            return seat
        if seat.profile != rules.id:
            continue
        if role.unit in approvers and speaks and _reaches_tier(role.unit, rules, seat, need):
            return seat
        if seat.role in approvers and _approves(seat, need, today, now):
            return seat
        if need.approval.delegable and any(
            piece.given is not None and piece.seat.role in approvers and _over(piece, need)
            for piece in _held([seat], today, now)
            if Action.APPROVE in piece.actions
        ):
            return seat
    return None


def _approves(seat: SeatFacts, need: Need, today: Mapping[str, Profile], now: datetime) -> bool:
    """The role's own right to approve reaches every camera of the need."""
    held = [piece for piece in _held([seat], today, now) if piece.given is None]
    return any(_over(piece, need) for piece in held if Action.APPROVE in piece.actions)


def _over(piece: Held, need: Need) -> bool:
    return all(piece.reaches(camera) for camera in need.cameras)


def _reaches_tier(unit_type: str, rules: Profile, seat: SeatFacts, need: Need) -> bool:
    """A provincial body speaks for the province; another only for cameras of its own unit or below."""
    level = next((unit.level for unit in rules.unit_types if unit.id == unit_type), "any")
    if level == "province":
        return True
    return all(any(unit.path.startswith(seat.unit.path) for unit in camera.units) for camera in need.cameras)


def _held(seats: Iterable[SeatFacts], today: Mapping[str, Profile], now: datetime) -> Iterator[Held]:
    for seat in seats:
        if counts(seat, today, now):
            yield from held_by(seat, today, now)


def _here(approval: Approval, rules: Profile, one: Asked) -> bool:
    """Whether the approval is for cameras at such a place.

    Where the register does not say which of the regulation's types of places it is, the tier is that of the
    unit: the approver named first is the one at the place itself (NB Đ9.2, DN Đ5.3).
    """
    if approval.site is None:
        return True
    if places := one.places.get(rules.id):
        return approval.site in places
    first = rules.role(approval.approver[0])
    return first is not None and first.unit in one.functions


def _secret(one: Asked, over: Iterable[Profile]) -> list[Reason]:
    if not one.camera.secret:
        return []
    return [
        Reason(ReasonCode.SECRET, rules.cited(exclusion), {"action": Action.EXTRACT.value})
        for rules in over
        for exclusion in rules.exclusions
        if exclusion.flag == "secret" and Action.EXTRACT not in exclusion.leaves
    ]


def _by_nobody(gate: Gate, rules: Profile) -> Reason:
    """The regulation ties no approval to it, and the asker has no right of his own: silence is denied."""
    able = [grant for grant in rules.grants if Action(gate) in grant.actions]
    names = [role.vi for grant in able if (role := rules.role(grant.to)) is not None]
    facts = {"action": gate, "roles": "; ".join(dict.fromkeys(names)), "profile": rules.id}
    return Reason(ReasonCode.NOT_BY_ALL, "; ".join(dict.fromkeys(map(rules.cited, able))), facts)


def _open(gate: Gate, rules: Profile, done: frozenset[str]) -> list[Reason]:
    return [
        Reason(ReasonCode.LEFT_OPEN, rules.cited(one), {"parameter": one.vi, "profile": rules.id})
        for one in rules.closed(gate)
        if one.id not in done
    ]


def _once(reasons: Iterable[Reason]) -> list[Reason]:
    found: list[Reason] = []
    for reason in reasons:
        if reason not in found:
            found.append(reason)
    return found
