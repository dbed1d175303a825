"""What Quảng Ninh's regulation asks of the log (Đ11.6): changes and sign-ins, in a form nobody can edit."""

import pytest
from django.contrib.auth.hashers import make_password
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from tests.core.world import World, person
from tests.guard import setting_the_scene
from thienly.core.accounts.models import Account
from thienly.core.ledger import chain
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.ledger.search import Asked, search
from thienly.core.registry.cameras import CameraFields
from thienly.core.registry.services import change_camera

PASSWORD = "cá-cơm-phơi-nắng"


@pytest.mark.req("QN-064")
def test_an_edited_camera_leaves_old_and_new_values_in_a_chain_that_verifies(world: World) -> None:
    keeper = person("cangca", "Lê Văn Cảng", role="cam_admin", unit=world.port)
    change_camera(actor=keeper, camera=world.quay, fields=CameraFields(name="Cầu cảng số 2"))
    (entry,) = search(actor=keeper, asked=Asked(camera=world.quay)).entries
    assert (entry.kind, entry.actor_label) == (Kind.CAMERA_CHANGED, "Lê Văn Cảng")
    assert entry.detail["before"] == {"name": "Cầu cảng số 1"}
    assert entry.detail["after"] == {"name": "Cầu cảng số 2"}
    assert chain.verify(now=timezone.now()).ok


@pytest.mark.req("QN-065")
def test_sign_ins_that_failed_and_succeeded_appear_and_no_administrator_can_edit_them(world: World) -> None:
    admin = person("quantri", "Đỗ Thị Quản", role="central_admin", unit=world.centre)
    with setting_the_scene():
        Account.objects.update(password=make_password(PASSWORD))
    browser = Client(REMOTE_ADDR="192.0.2.7", headers={"user-agent": "Firefox"})
    browser.post("/signin/", {"login": "quantri", "password": "không phải"})
    browser.post("/signin/", {"login": "quantri", "password": PASSWORD})
    browser.post("/signout/")
    found = search(
        actor=admin, asked=Asked(kinds=[Kind.SIGN_IN_FAILED, Kind.SIGNED_IN, Kind.SIGNED_OUT])
    ).entries
    assert [entry.kind for entry in found] == [Kind.SIGNED_OUT, Kind.SIGNED_IN, Kind.SIGN_IN_FAILED]
    assert {(entry.address, entry.detail["device"]) for entry in found} == {("192.0.2.7", "Firefox")}
    for statement in ("UPDATE ledger_entry SET kind = 'account.signed_in'", "DELETE FROM ledger_entry"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    with pytest.raises(DatabaseError), transaction.atomic():
        Entry.objects.filter(kind=Kind.SIGN_IN_FAILED).delete()
    assert Entry.objects.filter(kind=Kind.SIGN_IN_FAILED).count() == 1
