"""Attacks that have broken others, tried through the public seam; docs/security.md lists them by class."""

import ast
import re
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

import thienly
from tests.walk import expected
from tests.walk.answer import faults_of, observed
from tests.walk.routes import ask, every_route, given
from tests.walk.world import PASSWORD, World
from thienly.core.access.models import Seat
from thienly.core.ledger.models import Entry
from thienly.core.registry.models import Camera

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quiet")]

SHELL = "x';$(touch /tmp/da-chay)`touch /tmp/da-chay`|touch /tmp/da-chay;'"
SQL = "x' OR '1'='1'; DROP TABLE registry_camera;--"
MARKUP = "<script>alert(1)</script>"
FORM = {"sector": "fishing_port", "zone": "main", "record": "on"}


def test_a_form_from_another_site_changes_nothing() -> None:
    world = World()
    before = _counts()
    for route in every_route():
        for method in ("POST", "PUT"):
            if (route.name, method) not in expected.read():
                continue
            browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
            browser.cookies["sessionid"] = world.sessions["keeper"]
            path = route.at(world.id_of(route.noun, "keeper", "inside") if route.noun else "")
            answer = ask(browser, method, route, path, given(route, world, "keeper", "inside"))
            assert answer.status_code == 403, (route.name, method)
    assert _counts() == before


@pytest.mark.parametrize("field", ["name", "url", "username", "password", "code"])
@pytest.mark.parametrize("text", [SHELL, SQL, MARKUP], ids=["shell", "SQL", "markup"])
def test_hostile_text_of_a_camera_stays_text_wherever_it_is_shown_or_sought(field: str, text: str) -> None:
    world = World()
    site = world.port.camera.site_id.hex
    form = {"code": "CC-9", "name": "Cầu", "url": "rtsp://10.0.0.9/a", "username": "u", "password": "p"}
    form[field] = f"rtsp://10.0.0.9/{text}" if field == "url" else text
    world.browser("keeper").post("/cameras/new/", {**FORM, **form, "site": site})
    made = Camera.objects.exclude(pk__in=[world.port.camera.pk, world.mine.camera.pk]).first()
    id_ = made.pk.hex if made else world.port.camera.pk.hex
    for path in ("/", "/wall/", "/cameras/", f"/cameras/{id_}/", f"/cameras/{id_}/edit/", "/history/"):
        answer = observed(lambda: world.browser("keeper").get(path))  # type: ignore[arg-type,return-value]  # noqa: B023
        assert not faults_of(answer, world)
        assert MARKUP not in answer.body
    for path in ("/cameras/", "/search/", "/api/cameras"):
        answer = observed(lambda: world.browser("keeper").get(path, {"q": text}))  # type: ignore[arg-type,return-value]  # noqa: B023
        assert not faults_of(answer, world)
        assert "Camera MO-001" not in answer.body  # nobody's search reaches beyond his scope
        assert MARKUP not in answer.body or answer.headers["Content-Type"].startswith("application/json")
    assert Camera.objects.filter(code="MO-001").exists()
    assert not Path("/tmp/da-chay").exists()  # noqa: S108 - what the hostile text would make


def test_nothing_is_started_through_a_shell() -> None:
    forbidden = {"system", "popen", "create_subprocess_shell", "getoutput", "getstatusoutput"}
    for path in Path(thienly.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
                assert called not in forbidden, f"{path}:{node.lineno}"
                shell = [word for word in node.keywords if word.arg == "shell"]
                assert not shell, f"{path}:{node.lineno}"


@pytest.mark.parametrize(
    "header",
    [
        {"X-Forwarded-For": "10.1.2.3"},
        {"X-Original-URL": "/people/"},
        {"X-Rewrite-URL": "/people/"},
        {"X-HTTP-Method-Override": "POST"},
        {"Remote-User": "admin"},
        {"X-Remote-User": "admin"},
        {"X-Forwarded-User": "admin"},
        {"Authorization": "Basic YWRtaW46YWRtaW4="},
        {"Authorization": "Bearer admin"},
    ],
    ids=lambda header: next(iter(header)),
)
def test_no_header_makes_somebody_of_nobody(header: dict[str, str]) -> None:
    World()
    for path in ("/people/", "/cameras/", "/api/me"):
        answer = Client().get(path, headers=header)
        assert answer.status_code in (302, 401)
        assert answer.headers.get("Location", "/signin/").startswith("/signin/")


def test_a_forwarded_address_is_not_believed_of_a_peer_that_is_no_proxy() -> None:
    world = World()
    world.browser("keeper").get(
        f"/cameras/{world.mine.camera.pk.hex}/", headers={"X-Forwarded-For": "10.9.9.9"}
    )
    assert [entry.address for entry in Entry.objects.filter(kind="access.refused")] == ["127.0.0.1"]


@pytest.mark.parametrize(
    "path",
    [
        "//people/",
        "/./people/",
        "/signin/../people/",
        "/signin/..;/people/",
        "/static/../people/",
        "/static/%2e%2e/people/",
        "/static/../../thienly.toml",
        "/static/%2e%2e/%2e%2e/thienly.toml",
        "/static/..%2f..%2fkeys/vault.key",
        "/people/%00",
        "/people/.js",
        "/people/?/static/a.css",
        "/PEOPLE/",
    ],
)
def test_no_spelling_of_a_path_leads_past_the_door_or_to_a_file(path: str) -> None:
    World()
    answer = Client().get(path)
    assert answer.status_code in (301, 302, 400, 404)
    if answer.status_code in (301, 302):
        assert answer.headers["Location"].startswith(("/signin/", "/people/"))
    assert b"giu-cang" not in b"".join(answer) if answer.streaming else b"giu-cang" not in answer.content


def test_a_foreign_host_is_not_answered() -> None:
    World()
    for host in ("ke-xau.example", "testserver.ke-xau.example", "testserver:80@ke-xau.example"):
        assert Client().get("/signin/", headers={"Host": host}).status_code == 400


def test_a_session_in_the_address_is_nothing() -> None:
    world = World()
    for name in ("sessionid", "session", "token", "access_token", "api_key"):
        query = {name: world.sessions["keeper"]}
        assert Client().get("/cameras/", query).status_code == 302
        assert Client().get("/api/me", query).status_code == 401


def test_neither_signing_in_nor_a_choice_leads_to_another_site() -> None:
    world = World()
    for place in ("https://ke-xau.example/", "//ke-xau.example", "javascript:alert(1)", "/\\ke-xau.example"):
        for path in ("/language/", "/theme/"):
            answer = world.browser("keeper").post(path, {"language": "en", "theme": "dark", "next": place})
            assert answer.headers["Location"] == "/"
        form = {"login": "keeper", "password": PASSWORD, "next": place}
        assert Client().post("/signin/", form).headers["Location"] == "/"


def _counts() -> tuple[int, ...]:
    rows = (Camera.objects.filter(retired_at=None), Seat.objects.filter(valid_to=None), Session.objects.all())
    return Entry.objects.count(), *(found.count() for found in rows)


def test_each_test_that_the_documents_name_exists() -> None:
    root = Path(__file__).parents[2]
    for document in ("security.md", "reliability.md"):
        named = re.findall(r"`(tests/[\w/.]+)`", (root / "docs" / document).read_text())
        assert len(named) > 5
        assert [path for path in named if not (root / path).exists()] == []
