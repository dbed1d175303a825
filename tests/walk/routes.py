"""What may be asked, taken from the resolver itself, and how it is asked."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.walk.world import NOBODY, REORGANISATION, Noun, Where, World

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
NOUNS: dict[str, Noun] = {
    "<id:camera>": "camera",
    "<camera_id>": "camera",
    "<bookmark_id>": "bookmark",
    "<id:case>": "case",
    "<id:hold>": "hold",
    "<hold_id>": "hold",
    "<id:site>": "site",
    "<id:unit>": "unit",
    "<unit_id>": "unit",
    "<id:person>": "person",
    "<id:seat>": "seat",
    "<id:right>": "right",
    "<person_id>": "person",
    "<seat_id>": "seat",
    "<right_id>": "right",
    "<id:key>": "key",
    "<id:review>": "review",
    "<review_id>": "review",
    "<id:extraction>": "extraction",
    "<id:document>": "document",
}
"""A part of a path that names an object, and the object. What else stands in <> is no object."""

SPAN = {"start": "2026-11-17T00:00:00+07:00", "end": "2026-11-18T00:00:00+07:00"}
DECISION = {
    "number": "9/QĐ-UBND",
    "issued": "2026-03-02",
    "issuer": "UBND tỉnh",
    "signatory": "Lê Văn Chủ, Chủ tịch",
}
QUERIES: dict[str, dict[str, str]] = {
    "camera-thumbnail": {"at_us": "1795000000000000"},
    "api:bookmarks": SPAN,
    "api:events": SPAN,
    "api:availability": {"month": "2026-10"},
    "api:nearest_of": {"sort": "gap", "at": SPAN["start"]},
}
"""What a GET of these routes cannot do without."""


@dataclass(frozen=True)
class Route:
    name: str  # as the resolver calls it, with its namespace
    path: str  # from the first slash; parts in <> are still open
    module: str  # of its view

    @property
    def noun(self) -> Noun | None:
        return next((noun for part, noun in NOUNS.items() if part in self.path), None)

    @property
    def is_api(self) -> bool:
        return self.path.startswith("/api/")

    def at(self, id_: str) -> str:
        """The path about the object with this id."""
        path = self.path.replace("<name>", "cang").replace("<regulation>", "QN")
        path = path.replace("<recording>", "r1-7").replace("<outage>", "bus@1")
        path = path.replace("<provider_id>", "tinh").replace("<int:pk>", "1").replace("<session_id>", NOBODY)
        # It is about the whole installation: nobody has one inside his scope and another outside it.
        for part in ("<id:reorganisation>", "<reorganisation_id>"):
            path = path.replace(part, REORGANISATION)
        path = path.replace("<int:year>-<int:number>", "2026-1")  # the draft of `World`
        for part in NOUNS:
            path = path.replace(part, id_)
        assert "<" not in path, f"a new kind of part stands in {self.path}: enter it in NOUNS"
        return path


def every_route() -> list[Route]:
    """Of two with one path the first answers. Files below /static/ are served before a route is sought."""
    by_path: dict[str, Route] = {}
    for route in _below(get_resolver().url_patterns, "", "/"):
        by_path.setdefault(route.path, route)
    return list(by_path.values())


def _below(patterns: list[Any], namespace: str, prefix: str) -> Iterator[Route]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield Route(f"{namespace}{pattern.name or path}", path, pattern.callback.__module__)
        elif isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _below(pattern.url_patterns, inner, path)


def given(route: Route, world: World, actor: str, where: Where) -> dict[str, Any]:
    """What is sent: for a change, such that nothing but a missing right stops it."""
    near = world.place(actor, where).camera.site
    camera = {
        "code": f"NEW-{where}",
        "site": near.pk.hex,
        "name": "Cầu cảng",
        "sector": "fishing_port",
        "url": "rtsp://10.0.0.9/a",
        "password": "khac",
        "why": "Thay máy",
    }
    several = camera | {
        "code": f"NEW-{where}-001",
        "url": "rtsp://10.0.0.9/{channel}",
        "first": "1",
        "last": "2",
    }
    reason = {"reason": "Hết thời hạn"}
    right = {
        "actions": ["view.live"],
        "reason": "Theo dõi",
        "until": "2198-12-31",
        "sites": [near.pk.hex],
    } | DECISION
    sent: dict[str, dict[str, Any]] = {
        "api:timeline_of": {"day": "2026-11-17"},
        "api:coverage": {"from": "2026-11-01", "to": "2026-11-30"},
        "api:save": {"size": 1, "tiles": [None]},
        "layout-save": {"name": "Cảng", "size": 1, "tiles": [None]},
        "camera-add": camera,
        "channels-add": several,
        "channels-check": several,
        "camera-edit": camera,
        "camera-probe": camera,
        "camera-retire": reason,
        "camera-picture": reason,
        "continuity-act": {
            "act": "announce",
            "start": "2090-01-01T08:00",
            "end": "2090-01-01T09:00",
            "reason": "Bảo trì",
            "document": "1/TB",
        },
        "person-suspend": reason,
        "person-second-step": reason,
        "person-session-end": {"session": world.session_of(actor, where)},
        "key-revoke": reason,
        "key-issue": {
            "post": f"{near.unit_id.hex}|QN|cam_contact",
            "name": "Máy chủ báo cáo",
            "actions": "stats",
            **DECISION,
            "until": "2090-01-01",
        },
        "seat-end": reason,
        "hold-place": {
            "start": "2026-11-16T14:00:00",
            "end": "2026-11-16T15:00:00",
            "purpose": "Va chạm tại cổng Đông",
            "basis": "123/CV-CAT",
            "until": "2199-01-01T00:00:00",
        },
        "hold-release": {"version": "1", "note": "Đã xác minh xong"},
        "api:hold_add": {
            **SPAN,
            "purpose": "Va chạm tại cổng Đông",
            "basis": "123/CV-CAT",
            "until": "2199-01-01T00:00:00+07:00",
        },
        "api:hold_lift": {"version": 1, "note": "Đã xác minh xong"},
        "fault-report": {"title": "Mất hình"},
        "fault-step": {"action": "acknowledge", "version": "1"},
        "appoint": {"post": f"{near.unit_id.hex}|QN|cam_contact", **DECISION},
        "person-give": right | {"kind": "consent", "seat": world.place(actor, where).contact.pk.hex},
        "person-handover": reason | DECISION,
        "right-end": reason,
        "unit-remits": DECISION | {"site": near.pk.hex, "work": "Đường ven biển"},
        "api:seat_add": {
            "unit": near.unit_id.hex,
            "profile": "QN",
            "role": "cam_contact",
            "document": DECISION,
        },
        "api:right_add": {
            "kind": "consent",
            "seat": world.place(actor, where).contact.pk.hex,
            "actions": ["view.live"],
            "reason": "Theo dõi",
            "document": DECISION,
            "valid_to": "2199-01-01T00:00:00+07:00",
            "sites": [near.pk.hex],
        },
        "api:leave": reason | {"document": DECISION},
        "api:right_end": reason,
        "api:seat_delegate": {
            "actions": ["view.live"],
            "reason": "Đi vắng",
            "document": DECISION,
            "valid_to": "2199-01-01T00:00:00+07:00",
            "to": NOBODY,
        },
        "person-add": {
            "unit": world.board.pk.hex,
            "username": "nguoi.moi",
            "full_name": "Đỗ Văn Mới",
            "person_number": "037090001234",
        },
        "regulation-settle": {
            "parameter": "par-retention-min",
            "value": "P30D",
            "number": "12/QĐ-UBND",
            "issued": "2026-03-02",
            "issuer": "UBND tỉnh",
        },
        "reorganisations": {"title": "Nhập hai xã"},
        "reorganisation": {"version": "1", "number": "12/QĐ-UBND"},
        "reorganisation-act": {"version": "1", "act": "abolish", "unit": near.unit_id.hex},
        "reorganisation-step": {"version": "1", "action": "withdraw", "note": "Soạn nhầm"},
        "api:plans_all": {"title": "Nhập hai xã"},
        "api:plan_of": {"version": 1, "number": "12/QĐ-UBND"},
        "api:plan_step": {"version": 1, "action": "withdraw", "note": "Soạn nhầm"},
        "regulation-propose": {"source": "QN@1", "begins": "2199-01-01"},
        "regulation-decide": {"act": "withdraw", "version": "1", "note": "Chưa cần"},
        "review-decide": _answer(world, actor, where),
        "api:review_items": _answer(world, actor, where),
        "why-draft": {"what": "seat", "unit": near.unit_id.hex, "post": "QN|cam_contact"},
        "api:if_seat": {"unit": near.unit_id.hex, "profile": "QN", "role": "cam_contact"},
        "api:if_profile": {"text": "profile: {id: QN}"},
        "extraction-ask": {
            "cameras": world.id_of("camera", actor, where),
            "start": "2026-11-17T08:00:00",
            "end": "2026-11-17T08:30:00",
            "purpose": "QN:traffic_safety",
            "why": "Va chạm",
            "basis": "45/CV",
            "sort": "service",
            "urgency": "ordinary",
            "declared": "yes",
        },
        "extraction-discard": {"draft": NOBODY},
        "extraction-decide": {
            "version": "1",
            "verdict": "agree",
            "needs": f"extract:QN:a-extract:{near.unit_id.hex}",
        },
        "extraction-act": {"act": "receive", "version": "1"},
        "document-revoke": {"note": "Nhầm"},
        "language": {"language": "en"},
        "theme": {"theme": "dark"},
        "api:bookmarks": {"at": SPAN["start"], "title": "Va chạm", "shared": True},
    }
    return sent.get(route.name, {})


def _answer(world: World, actor: str, where: Where) -> dict[str, str]:
    item = world.place(actor, where).review.items.get()
    return {"item": item.pk.hex, "decision": "certified", "reason": "Còn làm nhiệm vụ", "seen": ""}


def ask(browser: Client, method: str, route: Route, path: str, data: dict[str, Any]) -> HttpResponse:
    """JSON where JSON is spoken, a form elsewhere."""
    if method == "GET":
        answer = browser.get(path, data or QUERIES.get(route.name, {}))
    elif method == "POST" and not route.is_api and route.name != "layout-save":
        answer = browser.post(path, data)
    else:
        answer = browser.generic(method, path, json.dumps(data), content_type="application/json")
    return cast(HttpResponse, answer)
