"""What happens at the door stands in history."""

from tests.core.world import World, person
from thienly.core.access.actor import Actor
from thienly.core.accounts import signin
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry

STRANGER = Actor.anonymous(address="192.0.2.66", network_zone="ngoài")


def test_signing_in_and_out_names_the_person_the_unit_and_the_address(world: World) -> None:
    officer = person("trucban", "Trần Thị Bình", role="central_operator", unit=world.centre)
    signin.record_sign_in(actor=officer, methods=("password", "totp"))
    signin.record_mfa_changed(actor=officer, what="totp_added")
    signin.record_sign_out(actor=officer)
    entries = list(Entry.objects.order_by("seq"))
    assert [entry.kind for entry in entries] == [Kind.SIGNED_IN, Kind.MFA_CHANGED, Kind.SIGNED_OUT]
    assert {(entry.actor_label, entry.unit_label, entry.address) for entry in entries} == {
        ("Trần Thị Bình", "Trung tâm Giám sát, điều hành", "192.0.2.10")
    }
    assert entries[0].detail == {"methods": ["password", "totp"]}


def test_a_failed_attempt_names_the_account_that_was_tried(world: World) -> None:
    officer = person("trucban", "Trần Thị Bình")
    assert officer.account
    signin.record_sign_in_failed(actor=STRANGER, username="TrucBan")
    signin.record_locked_out(actor=STRANGER, username="trucban")
    for entry in Entry.objects.all():
        assert (entry.object_id, entry.actor_kind) == (officer.account.id.hex, "anonymous")
        assert (entry.address, entry.network_zone) == ("192.0.2.66", "ngoài")


def test_a_password_typed_as_user_name_is_not_kept(world: World) -> None:
    signin.record_sign_in_failed(actor=STRANGER, username="M4t-khau-that")
    entry = Entry.objects.get()
    assert entry.detail == {"known": False}
    assert "M4t" not in repr([getattr(entry, field.attname) for field in Entry._meta.concrete_fields])
