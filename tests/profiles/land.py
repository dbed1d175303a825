"""The province of a scenario file, laid out in the database, and what the gate says about it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import yaml
from django.db import transaction
from django.utils import timezone

from tests import province
from thienly.conf import RegulationConf
from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.facts import Guarded
from thienly.core.accounts.models import Account
from thienly.core.registry.models import Camera, Site
from thienly.core.regulation import shelf
from thienly.core.units.models import Unit
from thienly.rules.access import Decision
from thienly.rules.actions import Action
from thienly.rules.profile import Profile

HERE = Path(__file__).parent
VERBS = {
    "xem trực tiếp": Action.VIEW_LIVE,
    "xem lại": Action.VIEW_PLAYBACK,
    "nghe âm thanh": Action.LISTEN,
    "trích xuất": Action.EXTRACT,
    "cung cấp": Action.PROVIDE,
    "điều khiển camera": Action.PTZ,
    "quản trị tài khoản": Action.ADMIN_ACCOUNTS,
    "quản trị hệ thống": Action.ADMIN_SYSTEM,
    "quản trị thiết bị": Action.CONFIG_DEVICE,
    "kiểm tra hồ sơ": Action.INSPECT_META,
    "xem thống kê": Action.STATISTICS,
    "phê duyệt": Action.APPROVE,
    "đình chỉ tài khoản": Action.SUSPEND_ACCOUNTS,
}
EVERYTHING_ELSE = "mọi việc khác"
"""As `when`: every act that no other scenario of this post names."""
REST = "còn lại"
"""As an outcome: every camera that no other outcome names."""
SYSTEM = "hệ thống"
ALLOWED, REFUSED, UNKNOWN, WHY, PURPOSE = "được", "bị từ chối", "không thấy", "vì", "mục đích"
NOBODY = "người chưa đăng nhập"

Post = tuple[str, str, str, tuple[str, ...]]  # role, unit, sector, sites


@cache
def told(name: str) -> dict[str, Any]:
    """What `<name>/rights.yaml` says."""
    found: dict[str, Any] = yaml.safe_load((HERE / name / "rights.yaml").read_text(encoding="utf-8"))
    return found


def regulation(name: str) -> Profile:
    """As it would hold; where the copy gives no day, a document has given one."""
    book = shelf.shelf().book(name)
    assert book is not None
    open_ = book.profile.profile.effective_from is None
    choice = RegulationConf(id=name, effective_from="2024-02-01" if open_ else "", document="1/QĐ")
    return shelf.adopt(shelf.shelf(), (choice,))[name]


def posts_of(case: dict[str, Any]) -> list[dict[str, Any]]:
    return case["given"] if isinstance(case["given"], list) else [case["given"]]


def listed(value: Any) -> list[str]:
    return [] if value is None else value if isinstance(value, list) else [value]


@dataclass
class Land:
    """Units, sites, cameras and persons of one file, and every answer of the gate about them so far."""

    name: str
    profile: Profile
    units: dict[str, Unit] = field(default_factory=dict)
    sites: dict[str, Site] = field(default_factory=dict)
    cameras: dict[str, Camera] = field(default_factory=dict)
    people: dict[str, Account] = field(default_factory=dict)
    actors: dict[Post, Actor] = field(default_factory=dict)
    answers: dict[tuple[Post, Action, str], Decision] = field(default_factory=dict)
    lists: dict[tuple[Post, Action | None], set[str]] = field(default_factory=dict)
    able: dict[tuple[Action, str], set[str]] = field(default_factory=dict)

    @classmethod
    @contextmanager
    def laid(cls, name: str) -> Iterator["Land"]:
        """Taken back at the end."""
        profile = regulation(told(name)["regulation"])
        block = transaction.atomic()
        block._from_testcase = True  # the write guard goes on judging what happens inside
        with block, patch.object(gate, "profiles", lambda: {profile.id: profile}):
            land = cls(name, profile)
            land._lay(told(name)["land"])
            yield land
            transaction.set_rollback(True)

    def _lay(self, said: dict[str, Any]) -> None:
        types = {unit.vi: unit.id for unit in self.profile.unit_types}
        for row in said["units"]:
            functions = [types.get(kind, kind) for kind in listed(row.get("is"))]
            unknown = set(functions) - {unit.id for unit in self.profile.unit_types}
            assert not unknown, f"{row['name']}: {unknown}"
            self.units[row["name"]] = province.unit(
                row["name"], functions, parent=self.units[row["under"]] if "under" in row else None
            )
        for row in said["cameras"]:
            place = row.get("site", row["name"])
            if place not in self.sites:
                kind = row.get("site_type", "public_place")
                assert kind == "public_place" or kind in {one.id for one in self.profile.site_types}
                self.sites[place] = province.site(self.units[row["unit"]], place, kind=kind)
            self.cameras[row["name"]] = province.camera(
                self.sites[place],
                f"{self.name}-{len(self.cameras) + 1:03}".upper(),
                sector=row["sector"],
                secret=row.get("secret", False),
                retired_at=province.yesterday() if row.get("retired") else None,
            )
        for row in said.get("works", []):
            for unit in row["units"]:
                province.remit(self.units[unit], site=self.sites[row["site"]], work=row["name"])
        for row in said.get("people", []):
            self.people[row["name"]] = province.person(f"nguoi{len(self.people)}", row["name"])
            self._seat(self.people[row["name"]], self.post(row))
        for case in told(self.name)["scenarios"]:
            for post in posts_of(case):
                self.actor(self.post(post))

    def post(self, told_post: dict[str, Any]) -> Post:
        return (
            self.role(told_post),
            told_post.get("at", ""),
            told_post.get("sector", ""),
            tuple(listed(told_post.get("sites"))),
        )

    def role(self, told_post: dict[str, Any]) -> str:
        """By its id, or by its words in the unit in which it sits."""
        wanted = told_post["role"]
        if wanted == NOBODY or self.profile.role(wanted):
            return str(wanted)
        functions = self.units[told_post["at"]].functions
        (found,) = (r for r in self.profile.roles if r.vi == wanted and r.unit in functions)
        return found.id

    def actor(self, post: Post) -> Actor:
        if post not in self.actors:
            if post[0] == NOBODY:
                self.actors[post] = Actor.anonymous(address="192.0.2.1")
            else:
                account = province.person(f"vitri{len(self.actors)}", f"Người giữ vị trí {len(self.actors)}")
                self._seat(account, post)
                self.actors[post] = Actor.person(account, address="192.0.2.1")
        return self.actors[post]

    def _seat(self, account: Account, post: Post) -> None:
        role, unit, sector, sites = post
        province.seat(
            account,
            self.units[unit],
            role,
            profile=self.profile.id,
            sector=sector,
            sites=[self.sites[site] for site in sites],
        )

    def find(self, name: str) -> Guarded | None:
        if name == SYSTEM:
            return None
        for word, rows in (("đơn vị ", self.units), ("điểm ", self.sites), ("tài khoản ", self.people)):
            if name.startswith(word):
                found: Guarded = rows[name.removeprefix(word)]  # type: ignore[index]
                return found
        return self.cameras[name]

    def verbs(self, case: dict[str, Any], post: Post) -> list[Action]:
        if case["when"] != EVERYTHING_ELSE:
            return [VERBS[verb] for verb in listed(case["when"])]
        said = {
            VERBS[verb]
            for other in told(self.name)["scenarios"]
            if other["when"] != EVERYTHING_ELSE and post in [self.post(one) for one in posts_of(other)]
            for verb in listed(other["when"])
        }
        return [action for action in Action if action not in said]

    def outcomes(self, case: dict[str, Any]) -> dict[str, list[str]]:
        """By outcome the objects; `còn lại` is spelt out."""
        then = {key: listed(case["then"].get(key)) for key in (ALLOWED, REFUSED, UNKNOWN)}
        named = {name for names in then.values() for name in names}
        rest = [name for name in self.cameras if name not in named]
        return {
            key: [name for one in names for name in (rest if one == REST else [one])]
            for key, names in then.items()
        }

    def ask(self, post: Post, action: Action, name: str) -> Decision:
        key = (post, action, name)
        if key not in self.answers:
            self.answers[key] = gate.decide(actor=self.actor(post), action=action, obj=self.find(name))
        return self.answers[key]

    def list_of(self, post: Post, action: Action | None) -> set[str]:
        """The cameras that the gate lists, by their names here."""
        if (post, action) not in self.lists:
            shown = set(gate.visible(actor=self.actor(post), action=action).values_list("id", flat=True))
            self.lists[post, action] = {name for name, row in self.cameras.items() if row.id in shown}
        return self.lists[post, action]

    def who_can(self, action: Action, name: str) -> set[str]:
        """Ids of the accounts."""
        if (action, name) not in self.able:
            seats = gate.who_can(action=action, obj=self.find(name), now=timezone.now())
            self.able[action, name] = {seat.account_id.hex for seat in seats}
        return self.able[action, name]


def articles(profile: Profile, cites: Iterable[str]) -> set[str]:
    """`BDM Đ3.1 g1, Đ3.5; BDM Đ2` → each article."""
    return {
        article.removeprefix(f"{profile.id} ").strip()
        for cite in cites
        for part in cite.split("; ")
        for article in part.split(", ")
    } - {""}
