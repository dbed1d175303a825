"""Why and what if, as sentences that a lawyer reads. Of oneself they say you, of another they do not."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from thienly.core.access.why import Answer, Post
from thienly.core.units.models import Unit
from thienly.rules.access import Reason, ReasonCode
from thienly.rules.actions import Action
from thienly.rules.profile import Profile
from thienly.rules.why import Giving, VerbGroup, Wanted, Way
from thienly.web.words.reasons import Link, action_words, explain, scope_words
from thienly.web.words.rule_values import VALUES
from thienly.web.words.rules import language_now
from thienly.web.words.seats import role_words


@dataclass(frozen=True, slots=True)
class Row:
    """A line with its article; `derived`: the text does not say it in so many words."""

    text: str
    under: str
    cite: str
    derived: bool = False

    @property
    def cites(self) -> list[str]:
        return [self.cite] if self.cite else []


def links(reasons: Sequence[Reason], *, allowed: bool, oneself: bool) -> list[Link]:
    """The chain, each link once."""
    made = [explain(reason, allowed=allowed) for reason in reasons]
    if not oneself:
        made = [
            Link(good=link.good, text=_of_another(reason) or link.text, cite=link.cite)
            for link, reason in zip(made, reasons, strict=True)
        ]
    return list(dict.fromkeys(made))


def _of_another(reason: Reason) -> str:
    """Sentences that would say you; "" where none does."""
    facts = {"roles": "", "scope": "", "action": ""} | dict(reason.facts)
    facts["scope"] = scope_words(facts["scope"])
    facts["action"] = action_words(facts["action"])
    match reason.code:
        case ReasonCode.NO_SEAT:
            text = _("The person holds no role at any unit.")
        case ReasonCode.GRANTED:
            text = _("The role “%(role)s” at %(unit)s covers %(scope)s.")
        case ReasonCode.OUTSIDE_SCOPE:
            text = _("The role “%(role)s” at %(unit)s reaches only %(scope)s.")
        case ReasonCode.NOT_GRANTED if facts["roles"]:
            text = _("The regulation does not let the person's roles %(action)s. It lets these: %(roles)s.")
        case _:
            return ""
    return text % facts


def group_words(group: VerbGroup) -> str:
    return {
        VerbGroup.MANAGE: _("Manage"),
        VerbGroup.USE: _("Use"),
        VerbGroup.MONITOR: _("Monitor"),
        VerbGroup.EXPLOIT: _("Exploit data"),
    }[group]


def object_words(answer: Answer) -> str:
    """What is asked about, to stand behind the verb."""
    match answer.kind:
        case "camera":
            return _("camera %(name)s") % {"name": answer.obj}
        case "site":
            return _("site %(name)s") % {"name": answer.obj}
        case "unit":
            return _("unit %(name)s") % {"name": answer.obj}
        case "account":
            return _("account %(name)s") % {"name": answer.obj}
        case _:
            return _("the whole installation")


def verdict(answer: Answer, action: Action, *, allow: bool) -> str:
    """One sentence."""
    facts = {"person": answer.person, "action": action_words(action), "what": object_words(answer)}
    if answer.oneself:
        text = _("You may %(action)s: %(what)s.") if allow else _("You may not %(action)s: %(what)s.")
    elif allow:
        text = _("%(person)s may %(action)s: %(what)s.")
    else:
        text = _("%(person)s may not %(action)s: %(what)s.")
    return text % facts


def way_words(way: Way) -> str:
    return {
        Way.SEAT: _(
            "By a role that the regulation gives this to. Roles are given by a decision, by whoever "
            "administers accounts:"
        ),
        Way.RESTORE: _("By restoring the account. That is done by whoever administers it:"),
        Way.REGULATION: _(
            "Only by a regulation in force that gives it. Whoever administers the system can tell more:"
        ),
        Way.DOCUMENT: _("By a document that settles what the regulation leaves open. It is entered by:"),
        Way.NOBODY: _("Nobody can allow it by a role or a document."),
    }[way]


def giving_rows(given: Sequence[Giving]) -> list[Row]:
    """The posts that a regulation gives the act to, in its own words."""
    rows = [
        Row(
            text=_first_upper(one.role.label(language_now())),
            under=f"{unit_type_words(one.profile, one.role.unit)} · {scope_words(one.grant.scope.value)}",
            cite=one.cite,
            derived=one.grant.basis == "derived",
        )
        for one in given
    ]
    return list(dict.fromkeys(rows))


def wanted_rows(found: Sequence[Wanted]) -> list[Row]:
    """What a regulation wants beside the right."""
    return [
        Row(
            text=_("%(form)s of %(who)s")
            % {
                "form": _first_upper(value_words(one.approval.form)),
                "who": one.open.label(language_now()) if one.open else _parties(one),
            },
            under=_under(one),
            cite=one.cite,
            derived=one.approval.basis == "derived",
        )
        for one in found
    ]


def _under(one: Wanted) -> str:
    when = value_words(one.approval.when)
    if one.open is None:
        return when
    return f"{when} · " + _("nobody is named yet; a document must settle it first")


def _parties(one: Wanted) -> str:
    names = {unit.id: unit.label(language_now()) for unit in one.profile.unit_types}
    names |= {role.id: role.label(language_now()) for role in one.profile.roles}
    joint = _(" and ") if one.approval.mode == "all" else _(" or ")
    return joint.join(names.get(party) or value_words(party) for party in one.approval.approver)


@dataclass(frozen=True, slots=True)
class PostRow:
    role: str
    cite: str
    unit: Unit | None
    people: int
    names: str
    more: int


def post_rows(posts: Sequence[Post]) -> list[PostRow]:
    rows: list[PostRow] = []
    for post in posts:
        role, cite = role_words(post.profile, post.role)
        names = ", ".join(str(account) for account in post.named)
        more = post.people - len(post.named)
        rows.append(PostRow(_first_upper(role), cite, post.unit, post.people, names, more))
    return rows


def value_words(value: str) -> str:
    """A fixed word of a profile in the person's language."""
    both = VALUES.get(value)
    return both[0 if language_now() == "vi" else 1] if both else value


def unit_type_words(profile: Profile, unit: str) -> str:
    return next((one.label(language_now()) for one in profile.unit_types if one.id == unit), unit)


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]
