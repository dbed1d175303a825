"""The page of history: sentences, filters, the chain's state."""

from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tests.web.conftest import People, Town
from thienly.conf import Conf
from thienly.conf_witness import WitnessConf
from thienly.core.access.actor import Actor
from thienly.core.ledger.chain import verify
from thienly.core.ledger.checkpoints import sign_checkpoint
from thienly.core.ledger.evidence_check import check
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.ledger.witness_state import Trouble, keep, state
from thienly.core.ledger.writer import record


def act(person: Actor, kind: Kind, town: Town, at: object = None) -> None:
    with transaction.atomic():
        record(actor=person, kind=kind, camera=town.quay, at=at)  # type: ignore[arg-type]  # a datetime or None


def test_each_row_reads_as_a_sentence(people: People, town: Town) -> None:
    operator = people.operator()
    assert operator.account
    act(Actor.person(operator.account, address="192.0.2.10"), Kind.LIVE_OPENED, town)
    page = operator.get("/history/").content.decode()
    assert "<strong>Nguyễn Văn Trực</strong> mở xem trực tiếp CC-001" in page
    assert "192.0.2.10" in page


def test_who_inspects_nothing_sees_only_his_own_acts(people: People, town: Town) -> None:
    operator, keeper = people.operator(), people.keeper()
    assert operator.account
    act(Actor.person(operator.account), Kind.LIVE_OPENED, town)
    assert "Nguyễn Văn Trực" not in keeper.get("/history/").content.decode()
    assert "Nguyễn Văn Trực" in people.admin().get("/history/").content.decode()


def test_looking_at_what_others_did_is_itself_recorded(people: People) -> None:
    people.admin().get("/history/?q=hoa")
    assert Entry.objects.filter(kind=Kind.LEDGER_SEARCHED, actor_label="Đặng Thị Hồng Nhung").count() == 1


def test_the_filters_narrow_by_kind_camera_person_and_day(people: People, town: Town) -> None:
    admin, operator = people.admin(), people.operator()
    assert operator.account
    act(Actor.person(operator.account), Kind.PLAYBACK_OPENED, town)
    act(Actor.person(operator.account), Kind.PLAYBACK_OPENED, town, timezone.now() - timedelta(days=40))
    day = timezone.localdate().isoformat()
    sentence = "mở xem lại CC-001"
    for query, count in (
        ("group=footage", 2),
        ("group=door", 0),
        (f"camera={town.quay.id.hex}", 2),
        ("q=nguyen+van+truc", 2),
        ("q=khong+co+ai", 0),
        (f"from={day}&until={day}", 1),
        ("from=nonsense", 2),
    ):
        assert admin.get(f"/history/?{query}").content.decode().count(sentence) == count, query


def test_the_page_says_up_to_which_line_the_chain_is_whole(people: People) -> None:
    admin = people.admin()
    admin.get("/history/?q=x")
    assert "Chuỗi chưa được kiểm lần nào" in admin.get("/history/").content.decode()
    sign_checkpoint(now=timezone.now())
    report = verify(now=timezone.now())
    page = admin.get("/history/").content.decode()
    assert f"Chuỗi nguyên vẹn đến dòng {report.checked_until_seq}" in page


def test_the_facts_of_a_row_are_told_in_words(people: People, town: Town) -> None:
    keeper, admin = people.keeper(), people.admin()
    keeper.get(f"/cameras/{town.gate.id.hex}/")
    change = {"site": town.quay.site_id.hex, "code": "CC-001", "name": "Tên mới", "sector": "fishing_port"}
    change |= {"url": "rtsp://10.20.1.9/a", "password": "x", "why": "Thay máy"}
    keeper.post(f"/cameras/{town.quay.id.hex}/edit/", change)
    page = admin.get("/history/").content.decode()
    assert "chỉ có phạm vi: đơn vị mình" in page  # why it was refused
    assert "Tên: Tên mới" in page
    assert "<dt>Lý do</dt><dd>Thay máy</dd>" in page
    assert "<dt>Mật khẩu</dt><dd>đã thay đổi</dd>" in page


def test_the_lines_that_were_filtered_are_taken_away_with_their_proof(
    people: People, town: Town, tmp_path: Path
) -> None:
    operator, admin = people.operator(), people.admin()
    assert operator.account
    act(Actor.person(operator.account), Kind.LIVE_OPENED, town)
    act(Actor.person(operator.account), Kind.PLAYBACK_OPENED, town)
    rows = admin.get(f"/history/?group=footage&camera={town.quay.id.hex}", HTTP_HX_REQUEST="true")
    address = f"/history/export/?group=footage&amp;camera={town.quay.id.hex}"
    assert f'action="{address}"' in rows.content.decode()
    answer = admin.post(address.replace("&amp;", "&"))
    path = tmp_path / "taken.jsonl"
    path.write_bytes(b"".join(answer.streaming_content))  # type: ignore[arg-type]  # not an async one
    assert check(path).rows == 2
    assert admin.get(address).status_code == 405


def test_the_page_says_that_a_witness_outside_fails(people: People) -> None:
    conf = Conf(settings.CONF.data)
    kept = {"server": "127.0.0.1", "sender": "a@b.vn", "to": ["c@d.vn"], "tls": "none"}
    witness = WitnessConf(name="thanh-tra", kind="mail", **kept)
    conf.__dict__["file"] = settings.CONF.file.model_copy(update={"witnesses": [witness]})
    admin = people.admin()
    with patch.object(settings, "CONF", conf):
        assert "thanh-tra" not in admin.get("/history/").content.decode()
        keep(conf, state(conf, "thanh-tra").failed(Trouble.AWAY, timezone.now()))
        page = admin.get("/history/").content.decode()
    assert "Nơi giữ chữ ký bên ngoài “thanh-tra” chưa nhận chữ ký nhật ký" in page
    assert "không liên lạc được." in page
