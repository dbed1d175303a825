"""Two administrators at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from tests import province
from thienly.core.access.actor import Actor
from thienly.core.access.document import Document
from thienly.core.access.models import Seat
from thienly.core.access.refusal import NotAllowed
from thienly.core.access.services import appoint
from thienly.core.accounts.models import Account
from thienly.core.registry.models import Camera
from thienly.core.registry.services import register_camera

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_last_free_place_is_given_to_one_person_only() -> None:
    admin = province.holder(province.unit("Trung tâm", ["central_manager"]), "central_admin")
    port = province.unit("Ban Quản lý cảng cá", ["camera_manager"])
    people = [province.person(f"lanhdao{number}") for number in range(4)]
    start = Barrier(len(people))

    def put(account: Account) -> str:
        start.wait(10)
        try:
            appoint(
                actor=admin,
                account=account,
                unit=port,
                profile="QN",
                role="cam_contact",
                document=Document("12/QĐ-UBND", date(2026, 3, 2), "UBND tỉnh", "Lê Văn Chủ"),
            )
        except NotAllowed:
            return "refused"
        finally:
            connection.close()
        return "appointed"

    with ThreadPoolExecutor(len(people)) as pool:
        assert sorted(pool.map(put, people)) == ["appointed", "refused", "refused", "refused"]
    assert Seat.objects.filter(role="cam_contact").count() == 1


def test_a_code_is_given_once_also_to_two_at_the_same_moment() -> None:
    port = province.unit("Ban Quản lý cảng cá", ["camera_manager"])
    quay, keeper = province.site(port, "Cảng cá"), province.holder(port, "cam_admin")
    start = Barrier(3)

    def register(actor: Actor) -> str:
        start.wait(10)
        try:
            register_camera(
                actor=actor,
                site=quay,
                code="CC-001",
                name="Cầu",
                sector="fishing_port",
                url="rtsp://10.1.2.3/s",
            )
        except ValidationError as error:
            return ",".join(error.error_dict)
        finally:
            connection.close()
        return "registered"

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(register, [keeper] * 3)) == ["code", "code", "registered"]
    assert Camera.objects.count() == 1
