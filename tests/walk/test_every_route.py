"""Every route of pages and API × method × person × object inside, outside, unknown; see `expected`."""

from collections.abc import Iterator

import pytest

from tests.walk import expected
from tests.walk.answer import CITE, Answer, faults_of, observed
from tests.walk.routes import METHODS, Route, ask, every_route, given
from tests.walk.world import ACTORS, BOUNDED, Where, World

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(300), pytest.mark.usefixtures("quiet")]

SIGNED_OUT = ("anonymous", "suspended")
ENDED = ("đã kết thúc ngày", '"seat_ended"')
"""On pages and in the interface: the seat is over."""
NOT_GATED = ("mfa_", "openid_", "api:api-root")
"""Their 404 says that this person has no second step, that no such provider is set up, or
that nothing stands there: nobody was refused."""


def test_every_route_stands_in_the_table_and_the_table_names_no_other() -> None:
    routes = [route.name for route in every_route()]
    assert len(routes) > 40
    assert len(routes) == len(set(routes)), "two routes of one name"
    assert set(routes) == {route for route, _ in expected.read()}


@pytest.mark.parametrize("actor", ACTORS)
def test_everybody_gets_of_every_route_what_the_table_says_and_no_more(actor: str) -> None:
    world = World()
    faults: list[str] = []
    for route in every_route():
        for method in METHODS:
            # A method that a route does not know is refused before anything is looked for.
            places = _places(route, actor) if _has_row(route, method) else ("inside",)
            answers = {where: _answer(world, actor, route, method, where) for where in places}
            for where, answer in answers.items():
                place = f"{method} {route.name} {where}"
                faults += [f"{place}: {fault}" for fault in faults_of(answer, world)]
                faults += [f"{place}: {fault}" for fault in _wrong(answer, actor, route, method, where)]
            if "outside" in answers and not _alike(world, actor, route, answers):
                faults.append(f"{method} {route.name}: outside and unknown can be told apart")
    assert not faults, "\n".join(faults)


def _places(route: Route, actor: str) -> tuple[Where, ...]:
    if route.noun is None:
        return ("inside",)
    return ("inside", "outside", "unknown") if actor in BOUNDED else ("inside", "unknown")


def _answer(world: World, actor: str, route: Route, method: str, where: Where) -> Answer:
    path = route.at(world.id_of(route.noun, actor, where) if route.noun else "")
    asks = method != "GET" or route.name in ("api:timeline_of", "api:coverage")
    data = given(route, world, actor, where) if asks else {}
    return observed(lambda: ask(world.browser(actor), method, route, path, data))


def _wrong(answer: Answer, actor: str, route: Route, method: str, where: Where) -> Iterator[str]:
    wanted = _wanted(actor, route, method, where)
    if answer.word != wanted:
        yield f"{answer.word} instead of {wanted}"
    refused = answer.status in (403, 404)
    if refused or method == "GET" or answer.word in ("again", "401", "405") or actor in SIGNED_OUT:
        for table in answer.written:
            yield f"wrote {table}"
    if answer.refusals != int(refused and not route.name.startswith(NOT_GATED)):
        yield f"{answer.refusals} rows about a refusal"
    # Of a seat that has ended, that is the rule.
    ended = actor == "ended" and any(words in answer.body for words in ENDED)
    if answer.status == 403 and not (CITE.search(answer.body) or ended):
        yield "403 without naming the rule"


def _has_row(route: Route, method: str) -> bool:
    table = expected.read()
    return (route.name, method) in table or (route.name, "*") in table


def _wanted(actor: str, route: Route, method: str, where: Where) -> str:
    table = expected.read()
    row = table.get((route.name, method)) or table.get((route.name, "*"))
    if row is None:
        plain = route.is_api or method not in ("GET", "POST")
        open_to_all = {
            "language",
            "theme",
            "account_login",
            "account_inactive",
            "self-test",
            "self-test-time",
        }
        return "in" if actor in SIGNED_OUT and not plain and route.name not in open_to_all else "405"
    answer = row[actor]
    return answer if where == "inside" or answer in ("in", "401") else "404"


def _alike(world: World, actor: str, route: Route, answers: dict[Where, Answer]) -> bool:
    assert route.noun is not None
    outside, unknown = (
        answers[where].without_chance(world.id_of(route.noun, actor, where))
        for where in ("outside", "unknown")
    )
    return outside == unknown
