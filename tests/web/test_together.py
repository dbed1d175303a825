"""Several cameras on one clock: the page stands, with its line, for whoever may play them back (QN)."""

import pytest

from tests.web.conftest import People, Town

pytestmark = pytest.mark.django_db


def test_the_page_of_several_cameras_shows_those_that_may_be_played_back(people: People, town: Town) -> None:
    cameras = f"{town.quay.id.hex},{town.gate.id.hex}"
    page = people.operator().get(f"/together/?cameras={cameras}").content.decode()
    assert 'id="timeline"' in page
    assert town.quay.id.hex in page and town.gate.id.hex in page
    assert 'id="span-ask"' not in page  # a request is about the cameras of one place, from the page of one
    own = people.keeper().get(f"/together/?cameras={cameras}").content.decode()
    assert town.quay.id.hex in own and town.gate.id.hex not in own.replace(cameras, "")
