"""The wall and its saved layouts."""

import json

from tests.web.conftest import People, Town
from thienly.core.access.models import WallLayout
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry


def tiles(page: str) -> list[str | None]:
    data = page.split('<script id="wall-data" type="application/json">')[1].split("</script>", maxsplit=1)[0]
    found: list[str | None] = json.loads(data)["tiles"]
    return found


def test_the_wall_offers_the_entitled_cameras_only(people: People, town: Town) -> None:
    page = people.keeper().get("/wall/").content.decode()
    assert tiles(page) == [town.quay.id.hex]
    assert town.gate.id.hex not in page


def test_a_post_without_pictures_is_refused_with_the_article_and_recorded(people: People) -> None:
    answer = people.admin().get("/wall/")
    assert answer.status_code == 403
    assert "QN Đ6.1" in answer.content.decode()
    assert Entry.objects.filter(kind=Kind.REFUSED).count() == 1


def test_a_layout_is_saved_for_its_owner_and_opened_again(people: People, town: Town) -> None:
    operator = people.operator()
    wish = {"name": "Ca đêm", "size": 4, "tiles": [town.gate.id.hex, None, town.quay.id.hex, None]}
    answer = operator.post("/wall/layouts/", wish, content_type="application/json")
    assert answer.status_code == 200
    layout = WallLayout.objects.get()
    assert tiles(operator.get(f"/wall/?layout={layout.id.hex}").content.decode()) == wish["tiles"]
    assert tiles(people.keeper().get(f"/wall/?layout={layout.id.hex}").content.decode()) == [town.quay.id.hex]


def test_a_layout_with_a_camera_outside_the_scope_is_404(people: People, town: Town) -> None:
    wish = {"name": "x", "size": 1, "tiles": [town.gate.id.hex]}
    assert people.keeper().post("/wall/layouts/", wish, content_type="application/json").status_code == 404
    assert not WallLayout.objects.exists()


def test_nonsense_is_refused_without_a_traceback(people: People) -> None:
    operator = people.operator()
    for body in (
        "",
        "[]",
        '{"name": "x", "size": "y", "tiles": []}',
        '{"name": "x", "size": 3, "tiles": [null]}',
        '{"name": "x", "size": 4, "tiles": ["../../etc"]}',
    ):
        assert operator.post("/wall/layouts/", body, content_type="application/json").status_code == 400


def test_a_tile_whose_right_was_lost_stays_empty(people: People, town: Town) -> None:
    keeper = people.keeper()
    page = keeper.get(f"/wall/?size=4&cameras={town.gate.id.hex},{town.quay.id.hex}").content.decode()
    assert tiles(page) == [None, town.quay.id.hex, None, None]
