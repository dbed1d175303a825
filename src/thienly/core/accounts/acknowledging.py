"""The responsibility for an account is taken, and the regulations of one's seats are read, before all else.

BDM Đ2.1, BDP I.1, NB Đ11.1 and Đ11.5. What was accepted is kept with the version and the hash of its text;
a new version of a regulation, or a seat under another one, asks again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from thienly.core.access import epoch, gate
from thienly.core.access.actor import Actor
from thienly.core.access.models import Seat
from thienly.core.access.refusal import NotAllowed
from thienly.core.accounts.identity import name_person
from thienly.core.accounts.models import Account, Acknowledgement
from thienly.core.accounts.policy import live_seats
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.regulation.shelf import profiles, shelf
from thienly.core.service import service
from thienly.core.units.models import Unit
from thienly.rules.access import Reason, ReasonCode
from thienly.rules.actions import Action

STATEMENT_VERSION = 1
STATEMENT = (
    "Tôi là người duy nhất sử dụng tài khoản này. Tôi quản lý, bảo mật tài khoản và mật khẩu; không để lộ, "
    "không cung cấp tài khoản, mật khẩu cho người khác, đơn vị khác; không để người không có trách nhiệm "
    "khai thác, sử dụng hệ thống. Tôi đã đọc các quy định dưới đây và chịu trách nhiệm cá nhân về việc quản "
    "lý, vận hành, khai thác, sử dụng hệ thống bằng tài khoản này."
)
"""The declaration, as it is accepted and hashed; a change of it is a new version."""


@dataclass(frozen=True, slots=True)
class Text:
    """One thing to accept. `profile` "": the declaration."""

    profile: str
    version: int
    title: str
    articles: Mapping[str, str]

    @property
    def digest(self) -> str:
        parts = [self.title, *(f"{cite}\n{words}" for cite, words in self.articles.items())]
        return sha256("\n\n".join(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Share:
    """Of the people of a unit, how many have accepted what their seats want."""

    unit: Unit
    people: int
    accepted: int
    waiting: list[Account]

    @property
    def percent(self) -> int:
        return 100 * self.accepted // self.people if self.people else 0


def texts_for(seats: Iterable[Seat]) -> list[Text]:
    """The declaration, and each regulation under which one of these seats is."""
    held, at_hand = profiles(), shelf()
    found = [Text("", STATEMENT_VERSION, STATEMENT, {})]
    for name in sorted({seat.profile for seat in seats} & held.keys()):
        head = held[name].profile
        book = at_hand.book(name, head.version)
        found.append(Text(name, head.version, head.title_vi, book.articles if book else {}))
    return found


def is_acknowledged(account: Account, seats: Iterable[Seat]) -> bool:
    wanted = {(text.profile, text.version) for text in texts_for(seats)}
    return wanted <= set(account.acknowledgements.values_list("profile", "version"))


@service
def acknowledge(
    *, actor: Actor, seen: str, accepted: bool, person_number: str = "", now: datetime | None = None
) -> list[Text]:
    """The actor accepts what he has not accepted yet; `seen`: `fingerprint` of what stood before him.

    An account that does not say yet whose it is takes `person_number` with it. Raises NotAllowed for
    machines and anonymous; ValidationError (accepted, person_number; texts that changed meanwhile).
    """
    account = _person(actor)
    now = now or timezone.now()
    account = Account.objects.get(pk=account.pk)
    texts = texts_for(live_seats(account, now))
    errors: dict[str, list[ValidationError]] = {}
    if not accepted:
        message = _("Without this declaration the account cannot be used.")
        errors["accepted"] = [ValidationError(message, "required")]
    elif seen != fingerprint(texts):
        message = _("Meanwhile a text has changed or your roles have; read what stands here now.")
        errors["accepted"] = [ValidationError(message, "changed")]
    if account.person_hash is None:
        try:
            name_person(account, person_number)
        except ValidationError as error:
            errors |= error.error_dict
    if errors:
        raise ValidationError(errors)
    known = set(account.acknowledgements.values_list("profile", "version"))
    fresh = [text for text in texts if (text.profile, text.version) not in known]
    account.save(update_fields=["person_hash", "person_last"])
    for text in fresh:
        Acknowledgement.objects.create(
            account=account,
            profile=text.profile,
            version=text.version,
            digest=text.digest,
            at=now,
            address=actor.address,
        )
    record(
        actor=actor,
        kind=Kind.ACKNOWLEDGED,
        obj=account,
        detail={
            "texts": [
                {"profile": text.profile or "-", "version": text.version, "sha256": text.digest}
                for text in fresh
            ]
        },
        at=now,
    )
    epoch.bump()
    return fresh


def fingerprint(texts: Iterable[Text]) -> str:
    """Of everything that stood on the page."""
    return sha256("".join(text.digest for text in texts).encode()).hexdigest()


def shares(*, actor: Actor, now: datetime | None = None) -> list[Share]:
    """For each unit whose records or accounts the actor may inspect: who has accepted (NB Đ11.5)."""
    now = now or timezone.now()
    units: dict[str, Unit] = {}
    for action in (Action.ADMIN_ACCOUNTS, Action.SUSPEND_ACCOUNTS, Action.INSPECT_META):
        for unit in gate.visible(actor=actor, action=action, model=Unit):
            units[unit.id.hex] = unit
    people = gate.visible(actor=actor, model=Account)
    lasting = Q(valid_to=None) | Q(valid_to__gt=now)
    day, held = timezone.localdate(now), profiles()
    seats = (
        Seat.objects.filter(lasting, valid_from__lte=now, unit__in=list(units.values()), account__in=people)
        .filter(account__machine=False, account__suspended_at=None)
        .select_related("account")
    )
    wanted: dict[str, dict[Account, set[tuple[str, int]]]] = {}
    for seat in seats:
        texts = wanted.setdefault(seat.unit_id.hex, {}).setdefault(seat.account, {("", STATEMENT_VERSION)})
        rules = held.get(seat.profile)
        if rules is not None and rules.in_force(day):
            texts.add((rules.id, rules.profile.version))
    done: dict[object, set[tuple[str, int]]] = {}
    for one in Acknowledgement.objects.filter(account__in=people):
        done.setdefault(one.account_id, set()).add((one.profile, one.version))
    found: list[Share] = []
    for key, unit in units.items():
        mine = wanted.get(key, {})
        waiting = [account for account, texts in mine.items() if not texts <= done.get(account.pk, set())]
        if mine:
            waiting.sort(key=lambda account: account.folded)
            found.append(Share(unit, len(mine), len(mine) - len(waiting), waiting))
    return sorted(found, key=lambda share: share.unit.folded)


def _person(actor: Actor) -> Account:
    if actor.account is None or actor.account.machine:
        raise NotAllowed(
            action=Action.INSPECT_META,
            object_kind="account",
            object_id="",
            label="",
            reasons=[Reason(ReasonCode.ANONYMOUS)],
        )
    return actor.account
