"""A recorder's key is replaced: history says so, and when it cannot be written nothing is said done."""

from pathlib import Path

import pytest

from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.recording.keys import rotated
from thienly.media import keys

pytestmark = pytest.mark.django_db


def test_a_rotation_is_history_with_both_ids(tmp_path: Path) -> None:
    private = tmp_path / "recorder-r1.pem"
    first = keys.SigningKey(private).id
    before, after = rotated(recorder="r1", rotate=lambda now_us: keys.rotate(private, now_us=now_us))
    assert before == first and set(keys.public_keys(private)) == {before, after}
    (entry,) = Entry.objects.filter(kind=Kind.KEY_ROTATED)
    assert entry.detail == {"recorder": "r1", "before": before, "after": after}
    assert entry.actor_kind == "machine"


def test_a_key_that_cannot_be_written_leaves_no_history_and_the_key_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = tmp_path / "recorder-r1.pem"
    first = keys.SigningKey(private).id

    def full(*_: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr(keys, "write_private", full)
    with pytest.raises(OSError, match="no space"):
        rotated(recorder="r1", rotate=lambda now_us: keys.rotate(private, now_us=now_us))
    assert not Entry.objects.filter(kind=Kind.KEY_ROTATED).exists()
    assert keys.SigningKey(private).id == first and first in keys.public_keys(private)
