"""Trusting a certificate, and entering many channels, through the pages."""

import pytest
from django.test import Client

from tests.web.conftest import People, Town
from thienly.bus.questions import CertificateShown, ProbeResult
from thienly.core.registry.models import Camera
from thienly.rules.problems import Problem
from thienly.web.pages import camera_form

PRINT = "0a1b" + "cd" * 30


def answers(monkeypatch: pytest.MonkeyPatch, result: ProbeResult) -> list[dict[str, object]]:
    """What the page makes of a recorder's answer; collects what it was asked."""
    asked: list[dict[str, object]] = []

    def probe(**given: object) -> ProbeResult:
        asked.append(given)
        return result

    monkeypatch.setattr(camera_form, "probe_camera", probe)
    return asked


def fields(town: Town, **more: str) -> dict[str, str]:
    return {
        "site": town.quay.site_id.hex,
        "code": "CC-009",
        "name": "Cầu cảng số 9",
        "sector": "fishing_port",
        "url": "rtsps://10.20.1.9/a",
        **more,
    }


def keeper(people: People) -> Client:
    return people.keeper()


def test_an_unknown_certificate_is_shown_and_saving_pins_it_only_when_confirmed(
    people: People, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = CertificateShown(
        fingerprint=PRINT, subject="AXIS <b>", issuer="AXIS", until="2030-01-01T00:00:00Z"
    )
    result = ProbeResult(ok=False, problem=Problem.CERTIFICATE_UNTRUSTED, certificate=shown)
    answers(monkeypatch, result)
    client = keeper(people)
    page = client.post("/cameras/probe/", fields(town)).content.decode()
    assert "Chưa biết chứng thư của camera" in page
    assert "0A:1B:CD:CD" in page
    assert f'name="pin" value="{PRINT}">' in page, "not ticked by itself"
    assert "AXIS &lt;b&gt;" in page

    assert client.post("/cameras/new/", fields(town, pin=PRINT)).status_code == 302
    assert Camera.objects.get(code="CC-009").fingerprint == PRINT


def test_the_confirmed_certificate_is_tried_and_stays_confirmed(
    people: People, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answers(monkeypatch, ProbeResult(ok=True, codec="h264", width=1920, height=1080))
    page = keeper(people).post("/cameras/probe/", fields(town, pin=PRINT, transport="auto")).content.decode()
    assert (asked[0]["fingerprint"], asked[0]["transport"]) == (PRINT, "auto")
    assert f'value="{PRINT}" checked' in page


def test_many_channels_are_entered_together(people: People, town: Town) -> None:
    several = fields(town, url="rtsp://10.20.1.9/ch#", code="CC-101", first="1", last="3")
    answer = keeper(people).post("/cameras/channels/", several)
    assert answer.status_code == 302
    assert [c.code for c in Camera.objects.filter(code__startswith="CC-1").order_by("code")] == [
        "CC-101", "CC-102", "CC-103",
    ]  # fmt: skip


def test_checking_all_channels_asks_each_by_itself(people: People, town: Town) -> None:
    several = fields(town, url="rtsp://10.20.1.9/ch?c={channel}&s=0", code="CC-101", first="1", last="3")
    client = keeper(people)
    page = client.post("/cameras/channels/check/", several).content.decode()
    assert page.count('hx-post="/cameras/probe/"') == 3
    assert "CC-103" in page
    wrong = client.post("/cameras/channels/check/", fields(town, first="x")).content.decode()
    assert "#" in wrong
    assert "hx-post" not in wrong


def test_of_many_channels_the_first_asks_about_the_certificate_and_the_others_take_a_line(
    people: People, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = CertificateShown(fingerprint=PRINT, subject="AXIS", issuer="AXIS", until="2030-01-01T00:00:00Z")
    answers(monkeypatch, ProbeResult(ok=False, problem=Problem.CERTIFICATE_UNTRUSTED, certificate=shown))
    client = keeper(people)
    several = fields(town, url="rtsps://10.20.1.9/ch#", code="CC-101", first="1", last="4")
    rows = client.post("/cameras/channels/check/", several).content.decode()
    assert rows.count("brief") == 3 and rows.count("/ch4") == 1
    again = client.post("/cameras/channels/check/", several | {"pin": PRINT}).content.decode()
    assert again.count(f'"pin": "{PRINT}"') == 4, "what was confirmed is told to each channel"
    assert 'name="pin"' in client.post("/cameras/probe/", fields(town)).content.decode()
    brief = client.post("/cameras/probe/", fields(town, brief="1")).content.decode()
    assert 'name="pin"' not in brief and "Chưa biết chứng thư của camera" in brief


def test_a_mistake_in_one_channel_leaves_none_and_keeps_what_was_typed(people: People, town: Town) -> None:
    several = fields(town, url="rtsp://10.20.1.9/ch{channel}", code="CC-001", first="1", last="3")
    answer = keeper(people).post("/cameras/channels/", several)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "CC-001" in page
    assert 'value="rtsp://10.20.1.9/ch{channel}"' in page
    assert Camera.objects.filter(code__startswith="CC-0").count() == 1
