"""Whatever is sent to whatever route, the answer is never a fault of ours, and tells no secret."""

import re
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils.http import urlencode

from tests.walk import expected
from tests.walk.answer import faults_of, observed
from tests.walk.routes import Route, ask, every_route, given
from tests.walk.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(300), pytest.mark.usefixtures("quiet")]

RUBBISH = {
    "long": "ắ" * 5000,
    "decomposed": "Cảng cá Đề Gi",
    "null": "a\0b",
    "surrogate": "\ud800",
    "negative": "-1",
    "huge": "9" * 400,
    "digits that are no number": "²³",
    "markup": "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>",
    "SQL": "' OR 1=1; DROP TABLE registry_camera;--",
    "template": "{{ settings.SECRET_KEY }}{% load x %}%(a)s{0.__class__}",
    "traversal": "../../../../etc/passwd",
    "a day that cannot be": "9999-12-31",
    "lines": "a\r\nSet-Cookie: b=c",
}
MARKUP = "<script>alert(1)</script>"
BODIES = [
    b"",
    b"\xff\xfe",
    b"{",
    b"[]",
    b"null",
    b"[" * 3000,
    b'{"size": 1e999, "tiles": 1, "name": {}}',
    b"1" * 5000,
]
ASKED = re.compile(
    r'(?:GET|POST|ask|post|query)\.(?:get|getlist)\(\s*"([\w-]+)"|'
    r'"([\w-]+)" (?:not )?in request\.(?:GET|POST)'
)
ACTORS = ("keeper", "anonymous")


def names(route: Route) -> list[str]:
    """What the view's module reads of a query or a form, by its own text."""
    source = sys.modules[route.module].__file__
    found = ASKED.findall(Path(source).read_text()) if source and "thienly" in source else []
    return sorted({first or second for first, second in found} | {"next", "page"})


def test_the_names_that_views_read_are_found() -> None:
    by_name = {route.name: names(route) for route in every_route()}
    assert {"q", "state", "page"} <= set(by_name["cameras"])
    assert {"post", "sites", "until"} <= set(by_name["appoint"])
    assert {"before", "from"} <= set(by_name["history"])


@pytest.mark.parametrize("kind", RUBBISH)
def test_no_rubbish_in_a_query_or_a_form_breaks_a_page(kind: str) -> None:
    """All fields at once, and then, for each kind of rubbish, another part of the fields alone; half of the
    routes take each kind."""
    rubbish, world = RUBBISH[kind].encode("utf-8", "surrogatepass"), World()
    turn = list(RUBBISH).index(kind)
    faults: list[str] = []

    def look(place: str, send: Callable[[], HttpResponse]) -> None:
        answer = observed(send)
        faults.extend(f"{place}: {fault}" for fault in faults_of(answer, world))
        if MARKUP in answer.body and "html" in answer.headers["Content-Type"]:
            faults.append(f"{place}: markup comes back as markup")
        if "b=c" in str(answer.headers):
            faults.append(f"{place}: a line of the header comes from outside")

    for actor, (route, method) in product(ACTORS, _spoken()[turn % 2 :: 2]):
        if actor == "anonymous" and expected.read()[route.name, method][actor] in ("in", "401"):
            continue  # nothing of what was sent is read before the sign-in
        path = route.at(world.id_of(route.noun, actor, "inside") if route.noun else "")
        valid = given(route, world, actor, "inside")
        browser = world.browser(actor)
        fields = sorted({*names(route), *valid})
        alone = fields[turn // 2 :: len(RUBBISH) // 2] if actor == "keeper" else []
        for changed in (fields, *([field] for field in alone)):
            sent = urlencode({**valid, **dict.fromkeys(changed, rubbish)})
            place = f"{actor} {method} {route.name} {'+'.join(changed)}"
            look(place, lambda: _send(browser, method, path, sent))  # noqa: B023 - sent at once
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("kind", RUBBISH)
def test_no_rubbish_in_a_path_or_a_header_breaks_a_route(kind: str) -> None:
    rubbish, world = RUBBISH[kind], World()
    raw = rubbish.encode("utf-8", "surrogatepass")
    quoted = urlencode({"": raw})[1:]
    header = raw.replace(b"\r\n", b" ").replace(b"\0", b" ").decode("latin-1")
    faults: list[str] = []
    for route in list(every_route())[list(RUBBISH).index(kind) % 2 :: 2]:
        paths = {route.at(quoted) if route.noun else f"{route.path}{quoted}".replace("<name>", "cang")}
        for path in paths:
            answer = observed(lambda: world.browser("keeper").get(path))  # noqa: B023 - sent at once
            faults += [f"{route.name} path: {fault}" for fault in faults_of(answer, world)]
    for path in ("/me/", "/signin/", "/api/me"):
        for name in (
            "User-Agent",
            "X-Forwarded-For",
            "Accept-Language",
            "Referer",
            "HX-Request",
            "HX-Target",
        ):
            answer = observed(lambda: world.browser("keeper").get(path, headers={name: header}))  # noqa: B023
            faults += [f"{path} {name}: {fault}" for fault in faults_of(answer, world)]
        browser = Client(raise_request_exception=False)
        cookies = (
            f"sessionid={header}; csrftoken={header}; language={header}; theme={header}; messages={header}"
        )
        answer = observed(lambda: browser.get(path, HTTP_COOKIE=cookies))  # noqa: B023 - sent at once
        faults += [f"{path} cookies: {fault}" for fault in faults_of(answer, world)]
    assert not faults, "\n".join(faults)


def test_no_body_breaks_a_route_whatever_it_says_it_is() -> None:
    world = World()
    faults: list[str] = []
    types = ("application/json", "multipart/form-data; boundary=x")
    for route, method in _spoken():
        if method == "GET":
            continue
        path = route.at(world.id_of(route.noun, "keeper", "inside") if route.noun else "")
        for body, type_ in product(BODIES, types):
            browser = world.browser("keeper")
            answer = observed(lambda: browser.generic(method, path, body, content_type=type_))  # type: ignore[arg-type,return-value]  # noqa: B023
            faults += [f"{method} {route.name} {body[:12]!r} {type_}: {f}" for f in faults_of(answer, world)]
    assert not faults, "\n".join(faults)


def test_a_form_larger_than_allowed_is_refused() -> None:
    world = World()
    for sent in ({"reason": "x" * 3_000_000}, {f"f{n}": "" for n in range(2000)}):
        route = next(route for route in every_route() if route.name == "camera-retire")
        path = route.at(world.port.camera.pk.hex)
        answer = observed(lambda: ask(world.browser("keeper"), "POST", route, path, sent))  # noqa: B023
        assert answer.status in (400, 413) or answer.word == "302"
        assert not faults_of(answer, world)


def _spoken() -> list[tuple[Route, str]]:
    """Routes with the methods of the table."""
    table = expected.read()
    return [(r, m) for r in every_route() for m in ("GET", "POST", "PUT") if (r.name, m) in table]


def _send(browser: Client, method: str, path: str, sent: str) -> HttpResponse:
    if method == "GET":
        return browser.get(f"{path}?{sent}")  # type: ignore[return-value]  # the client's own class of it
    type_ = "application/x-www-form-urlencoded"
    return browser.generic(method, path, sent, content_type=type_)  # type: ignore[return-value]
