"""What the writer puts down, and when it refuses to."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import transaction

from thienly.core.access.actor import Actor
from thienly.core.access.refusal import OutsideScope, Reason
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.ledger.writer import OutsideTransaction, record, record_refusal
from thienly.rules.actions import Action

pytestmark = pytest.mark.django_db
STEWARD = Actor.machine("steward")


def test_entries_follow_one_another_and_name_who_what_and_when() -> None:
    at = datetime(2026, 11, 17, 14, 20, 5, 123456, tzinfo=UTC)
    first = record(actor=STEWARD, kind=Kind.INSTALLED, at=at)
    second = record(
        actor=Actor.anonymous(address="192.0.2.7", network_zone="ngoài"),
        kind=Kind.SIGN_IN_FAILED,
        object_kind="account",
        object_label="Nguyễn Văn Tín",
        detail={"lần": 3},
    )
    assert (first.seq, first.previous, second.seq) == (1, "0" * 64, 2)
    assert second.previous == first.hash
    stored = Entry.objects.get(seq=2)
    assert (stored.actor_kind, stored.address, stored.network_zone) == ("anonymous", "192.0.2.7", "ngoài")
    assert stored.detail == {"lần": 3}
    assert Entry.objects.get(seq=1).at == at


def test_what_databases_store_differently_is_settled_before_it_is_hashed() -> None:
    record(
        actor=STEWARD,
        kind=Kind.CAMERA_CHANGED,
        object_label="a\0b" + "x" * 400,
        detail={"speed": 0.5, "huge": 1e300, "id": uuid4(), "text": "a\0\ud800"},  # type: ignore[dict-item]
    )
    stored = Entry.objects.get(seq=1)
    assert stored.detail["speed"] == "0.5"
    assert len(stored.object_label) == 300


def test_a_refusal_is_recorded_with_its_reasons() -> None:
    camera = uuid4()
    refused = OutsideScope(
        action=Action.VIEW_LIVE,
        object_kind="camera",
        object_id=str(camera),
        label="MO-001",
        reasons=[Reason("outside_scope", "QN Đ6.1", {"unit": "Sở"})],
    )
    record_refusal(actor=STEWARD, refused=refused)
    stored = Entry.objects.get(seq=1)
    assert stored.camera_id == stored.object_id == camera.hex
    assert stored.detail["status"] == 404
    assert stored.detail["reasons"] == [{"code": "outside_scope", "cite": "QN Đ6.1", "facts": {"unit": "Sở"}}]


def test_a_rolled_back_act_leaves_no_entry_and_no_hole() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        record(actor=STEWARD, kind=Kind.INSTALLED)
        raise RuntimeError
    assert record(actor=STEWARD, kind=Kind.INSTALLED).seq == 1


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_written() -> None:
    with pytest.raises(OutsideTransaction):
        record(actor=STEWARD, kind=Kind.INSTALLED)
    assert not Entry.objects.exists()
