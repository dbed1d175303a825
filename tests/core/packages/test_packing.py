"""An order becomes a package that proves itself, and every hand through which it goes is written down."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tests.core.extraction.scene import CONSENT, Scene, agree, paper, wish
from tests.core.world import person
from tests.evidence.footage import Memory, segment
from tests.guard import setting_the_scene
from thienly.core.access import epoch
from thienly.core.access.refusal import NotAllowed, OutsideScope
from thienly.core.extraction import deciding, sending
from thienly.core.extraction.models import Extraction
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.packages import handing
from thienly.core.packages.files import directory
from thienly.core.packages.packing import carry_out, remove_unfinished
from thienly.core.recording.models import Gap
from thienly.core.recording.moments import microseconds
from thienly.core.regulation.models import Settlement
from thienly.evidence.source import Slice
from thienly.evidence.verify import verify
from thienly.evidence_commands import history


def asked(scene: Scene) -> Extraction:
    """Six seconds, of which four are recorded; ordered at once, by right of the post."""
    now = timezone.now().replace(microsecond=0)
    span = {"start": now - timedelta(hours=2), "end": now - timedelta(hours=2) + timedelta(seconds=6)}
    request = sending.send(actor=scene.keeper, fields=wish(scene.world.quay, **span))
    assert request.case.state == "ordered"
    return request


def recorded(request: Extraction) -> Memory:
    camera, start = request.cameras.get().camera.id.hex, microseconds(request.start)
    first = segment(1, camera=camera, start_us=start)
    return Memory([first, segment(2, camera=camera, start_us=first.slice.statement.end_us)])


def files() -> list[str]:
    return sorted(path.name for path in directory().iterdir())


def test_an_order_becomes_a_package_that_proves_itself_with_the_history_of_its_case(scene: Scene) -> None:
    request = asked(scene)
    assert carry_out(request, source=recorded(request))
    request.case.refresh_from_db()
    assert request.case.state == "extracted"
    package, path = handing.take(actor=scene.keeper, case_id=request.case_id)
    report = verify(path, history=history)
    assert report.faults == [] and report.manifest is not None
    assert report.rows >= 3  # sent, told, ordered
    manifest = report.manifest
    assert manifest.case == str(request.case.number) + f"/{request.case.year}"
    assert [(one.role, one.name) for one in manifest.people] == [
        ("requester", str(scene.keeper.label)),
        ("performer", str(scene.keeper.label)),
    ]
    assert "QN Đ4.3" in manifest.ownership
    assert [one.cite for one in manifest.articles] == ["Đ11.2, Đ20"]
    (camera,) = manifest.cameras
    assert 1_900_000 < sum(gap.until_us - gap.from_us for gap in camera.gaps) < 2_100_000
    assert package.missing_us and package.size == path.stat().st_size
    assert [row.act for row in package.handlings.all()] == ["taken"]
    assert Entry.objects.filter(kind=Kind.PACKAGE_MADE, detail__sha256=package.sha256).exists()


def test_where_nothing_is_recorded_the_order_fails_and_says_so(scene: Scene) -> None:
    request = asked(scene)
    assert carry_out(request, source=Memory([]))
    request.refresh_from_db()
    assert request.case.state == "failed" and request.held_up[0][0] == "failed"
    assert files() == []
    with pytest.raises(ValidationError):
        handing.take(actor=scene.keeper, case_id=request.case_id)


def test_what_a_recorder_keeps_that_is_away_is_waited_for_an_hour_and_then_said_to_be_missing(
    scene: Scene,
) -> None:
    request = asked(scene)
    source = recorded(request)
    source.silent.add(request.cameras.get().camera.id.hex)
    assert not carry_out(request, source=source)
    request.case.refresh_from_db()
    assert request.case.state == "ordered" and files() == []
    source.silent.clear()
    assert carry_out(request, source=source)
    again = asked(scene)
    with setting_the_scene():
        Extraction.objects.filter(pk=again.pk).update(ordered_at=timezone.now() - timedelta(hours=2))
    again.refresh_from_db()
    source = recorded(again)
    source.silent.add(again.cameras.get().camera.id.hex)
    assert carry_out(again, source=source)
    again.case.refresh_from_db()
    assert again.case.state == "failed"


def test_why_something_is_missing_is_told_as_far_as_it_is_known(scene: Scene) -> None:
    request = asked(scene)
    with setting_the_scene():
        Gap.objects.create(
            gap="g1",
            known_at=timezone.now(),
            camera=scene.world.quay,
            recorder="r1",
            start=request.end - timedelta(seconds=3),
            end=None,
            reason="unreachable",
        )
    assert carry_out(request, source=recorded(request))
    _package, path = handing.take(actor=scene.keeper, case_id=request.case_id)
    manifest = verify(path, history=history).manifest
    assert manifest is not None
    assert [gap.reason for gap in manifest.cameras[0].gaps] == ["unreachable"]
    assert manifest.cameras[0].gaps[0].words == "không kết nối được tới camera"


def test_who_revokes_while_it_is_being_made_wins_and_nothing_is_kept(scene: Scene) -> None:
    request = agree(scene.head, scene.ask())
    request.case.refresh_from_db()
    assert request.case.state == "ordered"

    class Revoked(Memory):
        def read(self, part: Slice, offset: int, length: int) -> bytes:
            request.case.refresh_from_db()
            if request.case.state == "ordered":
                deciding.revoke(
                    actor=scene.head, case_id=request.case_id, version=request.case.version, note="Nhầm"
                )
            return super().read(part, offset, length)

    with pytest.raises(Exception):  # noqa: B017 - whichever step is refused
        carry_out(request, source=Revoked(recorded(request).segments))
    request.case.refresh_from_db()
    assert request.case.state == "revoked"
    assert files() == [] and not request.packages.exists()


def test_what_a_killed_process_left_is_removed_and_packages_stay(scene: Scene) -> None:
    request = asked(scene)
    carry_out(request, source=recorded(request))
    kept = files()
    (directory() / ".x.zip.part").write_bytes(b"half")
    (directory() / f"{'0' * 32}.zip").write_bytes(b"never noted")
    remove_unfinished()
    assert files() == kept


def test_only_who_takes_part_or_extracts_there_takes_it_and_each_hand_is_written_down(scene: Scene) -> None:
    request = asked(scene)
    carry_out(request, source=recorded(request))
    stranger = person("khach", "Lê Thị Khách")
    with pytest.raises((OutsideScope, NotAllowed)):
        handing.take(actor=stranger, case_id=request.case_id)
    with pytest.raises((OutsideScope, NotAllowed)):
        handing.take(actor=scene.head, case_id=request.case_id)  # told of it, but extracts nothing
    with pytest.raises(ValidationError) as wrong:
        handing.hand_over(actor=scene.keeper, case_id=request.case_id, recipient=" ", receipt="")
    assert set(wrong.value.message_dict) == {"recipient", "receipt"}
    handing.hand_over(
        actor=scene.keeper,
        case_id=request.case_id,
        recipient="Trung tá Trần Văn An, CCCD 022…",
        receipt="07/BB ngày 03/3/2026",
    )
    with pytest.raises(ValidationError):
        handing.follow(actor=scene.keeper, case_id=request.case_id, act="eaten", note="x")
    handing.follow(
        actor=scene.keeper, case_id=request.case_id, act="destroyed", note="Đã hủy theo biên bản 08"
    )
    package = request.packages.get()
    assert [row.act for row in package.handlings.all()] == ["handed_over", "destroyed"]
    rows = Entry.objects.filter(kind=Kind.PACKAGE_HANDLED).order_by("seq")
    assert [row.detail["act"] for row in rows] == ["handed_over", "destroyed"]


def test_what_goes_to_others_is_made_but_given_to_nobody_before_providing_is_permitted(scene: Scene) -> None:
    with setting_the_scene():
        Settlement.objects.create(
            profile="QN",
            parameter="par-competent-external",
            value="UBND tỉnh",
            number="5/QĐ",
            issued=CONSENT.issued,
            issuer="UBND tỉnh",
            at=timezone.now(),
        )
    request = agree(scene.head, scene.ask(recipient="Công ty Bảo hiểm Hạ Long"))
    assert carry_out(request, source=recorded(request))
    with pytest.raises(NotAllowed) as refused:
        handing.take(actor=scene.asker, case_id=request.case_id)
    assert [reason.cite for reason in refused.value.reasons] == ["QN Đ21.3"]
    agree(scene.keeper, request, "provide", document=paper(scene.keeper, CONSENT))
    package, path = handing.take(actor=scene.asker, case_id=request.case_id)
    manifest = verify(path, history=history).manifest
    assert manifest is not None and package.sha256
    assert [one.post for one in manifest.people if one.role == "recipient"] == ["Công ty Bảo hiểm Hạ Long"]


def test_of_what_was_revoked_and_to_who_has_left_the_post_nothing_is_given(scene: Scene) -> None:
    request = agree(scene.head, scene.ask())
    carry_out(request, source=recorded(request))
    handing.take(actor=scene.asker, case_id=request.case_id)
    assert scene.asker.account is not None
    seat = scene.asker.account.seats.get()
    with setting_the_scene():
        scene.asker.account.seats.update(valid_to=timezone.now())
        epoch.bump()
    with pytest.raises((OutsideScope, NotAllowed, ValidationError)):
        handing.take(actor=scene.asker, case_id=request.case_id)
    with setting_the_scene():
        type(seat).objects.filter(pk=seat.pk).update(valid_to=None)
        epoch.bump()
    handing.take(actor=scene.asker, case_id=request.case_id)
    request.case.refresh_from_db()
    deciding.revoke(actor=scene.head, case_id=request.case_id, version=request.case.version, note="Nhầm")
    with pytest.raises(ValidationError):
        handing.take(actor=scene.asker, case_id=request.case_id)


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    yield
    for path in directory().iterdir():
        path.unlink()
