"""Whether the parts of a profile fit together: every reference leads somewhere, no rule contradicts another.

Each problem says where it is and what to do, in Vietnamese and English; `place` is the way to it in the file.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from thienly.rules.profile_entry import Entry
from thienly.rules.profile_sections import PARTIES

if TYPE_CHECKING:
    from thienly.rules.profile import Profile

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    place: Place
    vi: str
    en: str


def contradictions(profile: "Profile") -> list[Problem]:
    """Everything that does not fit together, in the order of the sections."""
    checks = (_names, _rights, _limits, _approvals, _parties, _references, _open_questions, _head)
    found = [problem for check in checks for problem in check(profile)]
    order = {section: number for number, section in enumerate(["profile", *type(profile).sections()])}
    return sorted(found, key=lambda problem: order.get(str(problem.place[0]), 0))


def unknown_articles(profile: "Profile", articles: Mapping[str, str]) -> list[Problem]:
    """Every citation of an article that does not stand in the text."""
    found: list[Problem] = []
    for section, number, entry in profile.entries():
        for cite in entry.cites:
            if not passages(cite, articles) and not (of_law(cite) and entry.basis == "derived"):
                near = _nearest(cite, articles)
                found.append(
                    Problem(
                        (section, number, "cite"),
                        f"{entry.id}: trong văn bản không có {cite}; hãy ghi đúng điều, khoản{near.vi}",
                        f"{entry.id}: the text has no {cite}; cite the article that says so{near.en}",
                    )
                )
    return found


def of_law(cite: str) -> bool:
    """Another instrument than the regulation itself; only what is derived may rest on one."""
    return cite.startswith(("Luật ", "NĐ ", "NQ "))


def passages(cite: str, articles: Mapping[str, str]) -> list[tuple[str, str]]:
    """The places of the text that one citation means, with their words: `Đ5` is the whole article."""
    whole = (f"{cite}.", f"{cite} ")
    points = tuple(f"{cite}{letter}" for letter in "abcdđeghik") if cite[-1:].isdigit() else ()
    return [
        (anchor, text)
        for anchor, text in articles.items()
        if anchor == cite or anchor.startswith(whole) or anchor in points
    ]


@dataclass(frozen=True, slots=True)
class _Near:
    vi: str = ""
    en: str = ""


def _nearest(name: str, known: Iterable[str]) -> _Near:
    close = get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return _Near(f" (có phải là {close[0]}?)", f" (did you mean {close[0]}?)") if close else _Near()


def _unknown(  # noqa: PLR0917 - called once for each kind of reference
    place: Place, who: str, field: str, name: str, known: Iterable[str], add_to: str
) -> Problem:
    near = _nearest(name, known)
    return Problem(
        place,
        f"{who}: {field} {name} không được khai báo; sửa tên hoặc thêm vào mục {add_to}{near.vi}",
        f"{who}: {field} {name} is not declared; correct the name or add it to {add_to}{near.en}",
    )


def _names(profile: "Profile") -> Iterator[Problem]:
    for section in type(profile).sections():
        seen: set[str] = set()
        for number, entry in enumerate(getattr(profile, section)):
            if entry.id in seen:
                yield Problem(
                    (section, number, "id"),
                    f"{section}: mã {entry.id} được dùng hai lần; đặt mã khác",
                    f"{section}: repeated ids: {entry.id}; choose another",
                )
            seen.add(entry.id)


def _rights(profile: "Profile") -> Iterator[Problem]:
    units = {unit.id for unit in profile.unit_types}
    roles = {role.id for role in profile.roles}
    purposes = {purpose.id for purpose in profile.purposes}
    sites = {site.id for site in profile.site_types}
    for n, unit in enumerate(profile.unit_types):
        if unit.parent and unit.parent not in units:
            place: Place = ("unit_types", n, "parent")
            yield _unknown(place, f"unit type {unit.id}", "parent", unit.parent, units, "unit_types")
    yield from _circles(profile)
    for n, role in enumerate(profile.roles):
        if role.unit not in units:
            yield _unknown(("roles", n, "unit"), f"role {role.id}", "unit", role.unit, units, "unit_types")
    for n, grant in enumerate(profile.grants):
        who = f"grant {grant.id}"
        if grant.to not in roles | units:
            yield _unknown(("grants", n, "to"), who, "to", grant.to, roles | units, "roles")
        if grant.purpose not in purposes:
            yield _unknown(("grants", n, "purpose"), who, "purpose", grant.purpose, purposes, "purposes")
        for name in sorted(grant.sites - sites):
            yield _unknown(("grants", n, "sites"), who, "site", name, sites, "site_types")
        if grant.sites and grant.scope.value not in ("grant_list", "linked_works"):
            scopes = "grant_list, linked_works"
            yield Problem(
                ("grants", n, "sites"),
                f"{who}: chỉ phạm vi {scopes} mới có sites; sửa scope hoặc bỏ sites",
                f"{who}: only the scopes {scopes} have sites; correct the scope or leave sites out",
            )
        if not grant.actions and not grant.undecided:
            yield Problem(
                ("grants", n, "actions"),
                f"{who}: không cho quyền nào; ghi hành động hoặc bỏ mục này",
                f"{who}: gives nothing; name an action or leave the entry out",
            )


def _circles(profile: "Profile") -> Iterator[Problem]:
    parents = {unit.id: unit.parent for unit in profile.unit_types}
    for n, unit in enumerate(profile.unit_types):
        above = unit.parent
        for _step in parents:
            if above is None or above == unit.id:
                break
            above = parents.get(above)
        if above == unit.id:
            yield Problem(
                ("unit_types", n, "parent"),
                f"unit type {unit.id}: là cấp trên của chính nó; sửa parent",
                f"unit type {unit.id}: stands above itself; correct its parent",
            )


def _limits(profile: "Profile") -> Iterator[Problem]:
    units = {unit.id for unit in profile.unit_types}
    roles = {role.id: role for role in profile.roles}
    limited: dict[str, str] = {}
    for n, quota in enumerate(profile.quotas):
        who = f"quota {quota.id}"
        if quota.unit not in units:
            yield _unknown(("quotas", n, "unit"), who, "unit", quota.unit, units, "unit_types")
        for name in quota.seats:
            place: Place = ("quotas", n, "seats", name)
            if name not in roles:
                yield _unknown(place, who, "role", name, roles, "roles")
            elif roles[name].unit != quota.unit:
                yield Problem(
                    place,
                    f"{who}: {name} là vai trò của {roles[name].unit}, không phải của {quota.unit}; sửa unit",
                    f"{who}: {name} is a role of {roles[name].unit}, not of {quota.unit}; correct the unit",
                )
            if name in limited:
                yield Problem(
                    place,
                    f"{who}: {name} đã bị giới hạn ở {limited[name]}; chỉ giữ một giới hạn",
                    f"{who}: {name} is limited by {limited[name]} already; keep one of them",
                )
            limited.setdefault(name, quota.id)
        if sum(quota.seats.values()) != quota.max:
            yield Problem(
                ("quotas", n, "max"),
                f"{who}: tổng số chỗ không bằng {quota.max}; sửa seats hoặc max",
                f"{who}: seats do not add up to {quota.max}; correct seats or max",
            )
    for n, separation in enumerate(profile.separations):
        who = f"separation {separation.id}"
        for name in sorted({separation.role, *separation.never_with} - roles.keys()):
            field = "role" if name == separation.role else "never_with"
            yield _unknown(("separations", n, field), who, "role", name, roles, "roles")
        if separation.role in separation.never_with:
            yield Problem(
                ("separations", n, "never_with"),
                f"{who}: {separation.role} bị tách khỏi chính nó; bỏ tên này",
                f"{who}: {separation.role} is kept apart from itself; leave it out",
            )
    for n, kept in enumerate(profile.retention):
        if kept.min_days and kept.max_days and kept.max_days < kept.min_days:
            yield Problem(
                ("retention", n, "max"),
                f"retention {kept.id}: tối đa {kept.max} ngắn hơn tối thiểu {kept.min}; sửa một trong hai",
                f"retention {kept.id}: {kept.max} at most is less than {kept.min} at least; correct one",
            )


def _approvals(profile: "Profile") -> Iterator[Problem]:
    sites = {site.id for site in profile.site_types}
    seen: dict[tuple[object, ...], str] = {}
    for n, approval in enumerate(profile.approvals):
        who = f"approval {approval.id}"
        if approval.site and approval.site not in sites:
            yield _unknown(("approvals", n, "site"), who, "site", approval.site, sites, "site_types")
        key = (approval.action, approval.when, approval.site)
        if key in seen:
            yield Problem(
                ("approvals", n, "action"),
                f"{who}: cùng hành động, điều kiện và nơi như {seen[key]}; gộp hai mục hoặc sửa điều kiện",
                f"{who}: same action, condition and place as {seen[key]}; join them or correct the condition",
            )
        seen[key] = approval.id
        named = "competent_authority" in approval.approver
        if named != (approval.parameter is not None):
            yield Problem(
                ("approvals", n, "approver"),
                f"{who}: competent_authority và parameter phải đi cùng nhau; ghi cả hai hoặc bỏ cả hai",
                f"{who}: competent_authority and parameter go together; name both or neither",
            )


def _parties(profile: "Profile") -> Iterator[Problem]:
    known = {unit.id for unit in profile.unit_types} | {role.id for role in profile.roles} | PARTIES
    fields = {
        "approvals": ("approver",),
        "clocks": ("actor", "to"),
        "recurrences": ("actor", "to"),
        "notices": ("sender", "to", "via"),
        "registers": ("to",),
        "quality": ("actor",),
        "duties": ("actor",),
        "bound": ("unit",),
        "transition": ("unit",),
    }
    for section, names in fields.items():
        allowed = known - PARTIES if section in ("bound", "transition") else known
        for n, entry in enumerate(getattr(profile, section)):
            for field in names:
                value = getattr(entry, field)
                key = "from" if field == "sender" else field
                for party in [value] if isinstance(value, str) else value or []:
                    if party not in allowed:
                        where = f"{section.rstrip('s')} {entry.id}"
                        yield _unknown((section, n, key), where, key, party, allowed, "unit_types / roles")


def _references(profile: "Profile") -> Iterator[Problem]:
    parameters = {parameter.id for parameter in profile.parameters}
    sites = {site.id for site in profile.site_types}
    for section, n, entry in profile.entries():
        for field in ("parameter", "parameters"):
            value = getattr(entry, field, None)
            for name in [value] if isinstance(value, str) else value or []:
                if name not in parameters:
                    yield _unknown((section, n, field), entry.id, "parameter", name, parameters, "parameters")
    for n, rule in enumerate(profile.device_rules):
        if rule.at and rule.at not in sites:
            yield _unknown(("device_rules", n, "at"), rule.id, "site", rule.at, sites, "site_types")
    for n, kept in enumerate(profile.retention):
        kind, _, name = kept.scope.partition(":")
        if kind == "site" and name not in sites:
            yield _unknown(
                ("retention", n, "scope"), f"retention {kept.id}", "site", name, sites, "site_types"
            )


def _open_questions(profile: "Profile") -> Iterator[Problem]:
    """Where an entry says `parameter`, the parameter must be named."""
    for section, n, field, entry in _left_open(profile):
        if not (getattr(entry, "parameter", None) or getattr(entry, "parameters", None)):
            yield Problem(
                (section, n, field),
                f"{entry.id}: {field} để ngỏ nhưng không nêu tham số; ghi parameter(s) và khai báo nó",
                f"{entry.id}: {field} is left open, but no parameter is named; name it and declare it",
            )
    for n, one in enumerate(profile.parameters):
        if one.value is not None and not one.accepts(one.value):
            yield Problem(
                ("parameters", n, "value"),
                f"parameter {one.id}: giá trị “{one.value}” không đúng kiểu {one.kind}; sửa giá trị",
                f"parameter {one.id}: “{one.value}” is no value of kind {one.kind}; correct it",
            )
        if one.closes and one.value is not None:
            closed = ", ".join(one.closes)
            yield Problem(
                ("parameters", n, "value"),
                f"parameter {one.id}: văn bản phải quyết định trước khi mở {closed}; để value: null",
                f"parameter {one.id}: a document must settle it before {closed} opens; write value: null",
            )


def _left_open(profile: "Profile") -> Iterator[tuple[str, int, str, Entry]]:
    for n, again in enumerate(profile.recurrences):
        if "parameter" in (again.every, again.due):
            yield "recurrences", n, "every" if again.every == "parameter" else "due", again
    for n, kept in enumerate(profile.retention):
        if "parameter" in (kept.min, kept.max):
            yield "retention", n, "min" if kept.min == "parameter" else "max", kept


def _head(profile: "Profile") -> Iterator[Problem]:
    head = profile.profile
    if head.effective_from and head.effective_to and head.effective_to <= head.effective_from:
        yield Problem(
            ("profile", "effective_to"),
            "hết hiệu lực trước khi có hiệu lực; sửa một trong hai ngày",
            "it ends before it begins; correct one of the days",
        )
    if head.effective_from is None and not any(one.activation for one in profile.parameters):
        yield Problem(
            ("profile", "effective_from"),
            "thiếu ngày có hiệu lực: khai báo một tham số có activation: true để tỉnh quyết định",
            "the day from which it is in force is missing: declare a parameter with activation: true for "
            "the province to settle",
        )
