"""Runs `<regulation>/requests.yaml`: who asks for footage, who agrees, and what comes of it.

The files are written to be read by lawyers; how, stands at the head of `bdm/requests.yaml`. Units, cameras
and posts are those of `rights.yaml` beside it. Every scenario goes the real way: sent, decided, ordered.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import yaml
from django.core.exceptions import ValidationError
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from tests.guard import setting_the_scene
from tests.profiles.land import Land, listed, regulation, told
from thienly.core.access.document import Document
from thienly.core.access.refusal import NotAllowed, OutsideScope
from thienly.core.documents.services import NewDocument
from thienly.core.extraction import deciding, ordering, sending
from thienly.core.extraction.asked import RequestFields
from thienly.core.extraction.facts import deciders, wanted_of
from thienly.core.extraction.models import Extraction
from thienly.core.regulation import in_force, shelf
from thienly.core.regulation.models import Settlement
from thienly.rules.access import ReasonCode
from thienly.rules.extraction_needs import Wanted
from thienly.rules.profile_checks import of_law

pytestmark = [pytest.mark.timeout(120), pytest.mark.django_db]

FILES = sorted(path.parent.name for path in Path(__file__).parent.glob("*/requests.yaml"))
DAY = date(2026, 3, 2)
OK = "được"
SENT = {
    "bị từ chối: bí mật nhà nước": ReasonCode.SECRET,
    "bị từ chối: văn bản để ngỏ": ReasonCode.LEFT_OPEN,
    "bị từ chối: không được giao": ReasonCode.NOT_BY_ALL,
}
LACKS = {
    "thiếu đơn đề nghị": "application",
    "thiếu văn bản": "document",
    "văn bản không đúng cơ quan": "document",
    "mục đích ngoài danh mục": "purpose",
    "không phải cán bộ tiếp nhận": "sort",
    "không được làm trước": "urgency",
}
GATES = {"trích xuất": "extract", "cung cấp": "provide"}
STATES = {
    "chờ quyết định": ("sent", "received"),
    "đang trích xuất": ("ordered",),
    "bị từ chối": ("refused",),
}
HANDED = {
    "ở lại đơn vị": "own",
    "chờ cho phép": "waits",
    "được giao": "allowed",
    "không được giao": "forbidden",
}


@cache
def asked(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(
        (Path(__file__).parent / name / "requests.yaml").read_text("utf-8")
    )
    return found


CASES = [
    pytest.param(
        name,
        case,
        id=f"{name}: {case['scenario']}",
        marks=[pytest.mark.req(*listed(case.get("req"))), pytest.mark.req_part(*listed(case.get("part")))],
    )
    for name in FILES
    for case in asked(name)["scenarios"]
]


@pytest.fixture(scope="module")
def land(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Land]:
    profile = regulation(told(request.param)["regulation"])
    with (
        django_db_blocker.unblock(),
        patch.object(shelf, "adopt", lambda _shelf, _chosen: {profile.id: profile}),
    ):
        shelf.profiles.cache_clear()
        try:
            with Land.laid(request.param) as laid:
                for case in asked(request.param)["scenarios"]:
                    for post in [
                        case["given"],
                        *(step["by"] for step in case.get("steps", [])),
                        *case.get("offered", []),
                        *case.get("not offered", []),
                    ]:
                        laid.actor(laid.post(post))
                yield laid
        finally:
            shelf.profiles.cache_clear()


@pytest.mark.parametrize(("land", "case"), CASES, indirect=["land"])
def test_the_regulation_decides(land: Land, case: dict[str, Any]) -> None:
    in_force.forget()
    for parameter, value in (asked(land.name).get("settled", {}) | case.get("settled", {})).items():
        if value:
            _settle(land, parameter, value)
    request = _sent(land, case)
    if request is None:
        return
    wanted = wanted_of(request, timezone.now())
    _offered(land, case, wanted)
    for step in case.get("steps", []):
        _step(land, request, step)
    request.refresh_from_db()
    assert request.case.state in STATES[case["result"]], request.held_up
    if "handover" in case:
        assert ordering.release_of(request, timezone.now()) == HANDED[case["handover"]]
    cites = {
        article for cite in wanted.cites for article in cite.removeprefix(f"{land.profile.id} ").split(", ")
    }
    assert set(case["cite"].split(", ")) <= cites | {"Đ4.3", "Đ1.2"}, cites
    if "told" in case:
        assert (request.told is not None) == (case["told"] == "có")
    if request.ordered_at is not None:
        order = ordering.order_of(request, now=timezone.now())
        assert order.purpose_words and order.ordered_at and order.performed_by.name and order.asked_by.name


def _posts(case: dict[str, Any]) -> list[dict[str, Any]]:
    steps = [step["by"] for step in case.get("steps", [])]
    return [case["given"], *steps, *case.get("offered", []), *case.get("not offered", [])]


def _offered(land: Land, case: dict[str, Any], wanted: Wanted) -> None:
    """Whom the form names as able to decide."""
    now = timezone.now()
    able = {seat.account_id.hex for need in wanted.of("extract") for seat in deciders(need, now)}
    for post in case.get("offered", []):
        assert land.actor(land.post(post)).id in able, post
    for post in case.get("not offered", []):
        assert land.actor(land.post(post)).id not in able, post


def _sent(land: Land, case: dict[str, Any]) -> Extraction | None:
    """The request, or None where it is refused as the scenario says."""
    actor, outcome = land.actor(land.post(case["given"])), case.get("then", OK)
    now = timezone.now()
    purposes = {one.vi: one.id for one in land.profile.purposes}
    fields = RequestFields(
        cameras=tuple(land.cameras[name].id.hex for name in listed(case["asks"])),
        start=now - timedelta(hours=2),
        end=now - timedelta(hours=1),
        purpose=f"{land.profile.id}:{purposes.get(case['purpose'], case['purpose'])}",
        why="Xác minh vụ việc",
        basis="Kế hoạch công tác",
        sort=case.get("sort", "outside" if "for" in case else "service"),
        urgency="emergency" if case.get("emergency") else "ordinary",
        applicant=case.get("for", ""),
        recipient=case.get("recipient", ""),
        declared=True,
    )
    letter = _paper(case["letter"]) if "letter" in case else None

    def send() -> Extraction:
        return sending.send(actor=actor, fields=fields, attach=letter)

    if outcome == "không thấy":
        with pytest.raises(OutsideScope):
            send()
        return None
    if outcome in SENT:
        with pytest.raises(NotAllowed) as refused:
            send()
        assert SENT[outcome] in {reason.code for reason in refused.value.reasons}
        return None
    if outcome in LACKS:
        with pytest.raises(ValidationError) as wrong:
            send()
        assert LACKS[outcome] in wrong.value.message_dict, wrong.value.message_dict
        return None
    assert outcome == OK
    return send()


def _step(land: Land, request: Extraction, step: dict[str, Any]) -> None:
    actor, outcome = land.actor(land.post(step["by"])), step.get("then", OK)
    request.refresh_from_db()
    gates = [GATES[gate] for gate in listed(step.get("gate", "trích xuất"))]
    keys = [need.key for need in wanted_of(request, timezone.now()).needs if need.gate in gates]
    articles = step.get("article")
    if articles:
        keys = [key for key in keys if f":{articles}:" in key]
    assert keys, "nothing of this kind is needed"

    def decide() -> None:
        deciding.decide(
            actor=actor,
            case_id=request.case_id,
            decision=deciding.Decision(
                needs=keys,
                agreed=step.get("does", "đồng ý") == "đồng ý",
                note="Đã xem hồ sơ",
                attach=_paper(step["document"]) if "document" in step else None,
            ),
            version=request.case.version,
        )

    if outcome == "không có quyền":
        with pytest.raises((NotAllowed, OutsideScope)):
            decide()
    elif outcome in LACKS:
        with pytest.raises(ValidationError) as wrong:
            decide()
        assert LACKS[outcome] in wrong.value.message_dict
    else:
        assert outcome == OK
        decide()


def _paper(issuer: str) -> NewDocument:
    return NewDocument(Document("45/CV", DAY, issuer, "Trần Văn An"))


def _settle(land: Land, parameter: str, value: str) -> None:
    with setting_the_scene():
        Settlement.objects.create(
            profile=land.profile.id,
            parameter=parameter,
            value=value,
            number="5/QĐ-UBND",
            issued=DAY,
            issuer="UBND tỉnh",
            at=timezone.now(),
        )


def test_every_article_of_a_scenario_stands_in_the_regulation() -> None:
    for name in FILES:
        book = shelf.shelf().book(told(name)["regulation"])
        assert book is not None
        known = {cite for _s, _p, entry in book.profile.entries() for cite in entry.cites}
        for case in asked(name)["scenarios"]:
            for cite in case["cite"].split(", "):
                assert cite in known or of_law(cite), (name, case["scenario"], cite)
