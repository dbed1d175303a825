"""Certificates of an installation whose bus others reach: made, renewed, withdrawn, and watched over."""

import json
import os
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from thienly import membership
from thienly.bus.authority import DAYS, ends
from thienly.bus.client import tls_context
from thienly.conf import Conf
from thienly.doctor import certificates

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
LISTEN = 'bus_listen = "127.0.0.1:4222"\nbus_names = ["bus.tinh.example", "10.20.0.5"]\n'


def made(data: Path, text: str = LISTEN) -> Conf:
    (data / "thienly.toml").write_text(text)
    conf = Conf(data, env={})
    membership.prepare(conf, now=NOW)
    return conf


def users(conf: Conf) -> dict[str, dict[str, object]]:
    """By role and name, as the server's configuration has them."""
    text = (conf.nats_dir / "nats.conf").read_text()
    found = json.loads(text.split("authorization: ")[1])["users"]
    return {":".join(user["user"].split(":")[2:4]): user for user in found}


def test_an_installation_that_listens_has_its_certificates_and_nothing_others_can_read(
    tmp_path: Path,
) -> None:
    conf = made(tmp_path)
    text = (conf.nats_dir / "nats.conf").read_text()
    assert 'listen: "127.0.0.1:4222"' in text and "verify_and_map: true" in text
    assert users(conf).keys() == {"centre:centre", "recorder:r1"}
    assert "permissions" in users(conf)["recorder:r1"] and "permissions" not in users(conf)["centre:centre"]
    for path in conf.bus_keys.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
    assert conf.bus_login().url == "tls://127.0.0.1:4222" and conf.bus_login("r1").recorder == "r1"
    assert isinstance(tls_context(conf.bus_login()), ssl.SSLContext)
    before = {path: path.read_bytes() for path in conf.bus_keys.glob("*.pem")}
    membership.prepare(conf, now=NOW + timedelta(days=200))
    assert before == {path: path.read_bytes() for path in conf.bus_keys.glob("*.pem")}


def test_what_ends_within_a_month_is_renewed_and_what_was_issued_before_lets_in_until_then(
    tmp_path: Path,
) -> None:
    conf = made(tmp_path)
    later = NOW + timedelta(days=DAYS - 20)
    assert [member.name for member in membership.ending(conf, now=later)] == ["centre", "bus", "r1"]
    membership.renew(conf, now=later)
    assert ends(conf.bus_certificate("r1")) > later + timedelta(days=300)
    assert membership.ending(conf, now=later) == []
    entering = (conf.nats_dir / "nats.conf").read_text().count("urn:thienly:recorder:r1")
    assert entering == 2
    membership.prepare(conf, now=NOW + timedelta(days=DAYS + 1))
    assert (conf.nats_dir / "nats.conf").read_text().count("urn:thienly:recorder:r1") == 1


def test_a_recorder_that_moves_to_another_zone_loses_what_it_could_do_in_the_one_before(
    tmp_path: Path,
) -> None:
    conf = made(tmp_path)
    assert "KV_cameras-main" in json.dumps(users(conf)["recorder:r1"])
    conf = made(tmp_path, LISTEN + '[[recorders]]\nname = "r1"\nzone = "cang"\n')
    allowed = json.dumps(users(conf)["recorder:r1"])
    assert "KV_cameras-cang" in allowed and "main" not in allowed
    assert conf.zones == ["cang", "main"]
    membership.authority(conf).issue("recorder", "r7", now=NOW, zone="mo")
    assert conf.zones == ["cang", "main", "mo"]


def test_new_names_of_the_server_make_it_a_new_certificate(tmp_path: Path) -> None:
    conf = made(tmp_path)
    before = (conf.bus_keys / "server.pem").read_bytes()
    conf = made(tmp_path, LISTEN.replace("10.20.0.5", "10.20.0.6"))
    assert (conf.bus_keys / "server.pem").read_bytes() != before


def test_the_doctor_says_what_ends_what_has_ended_and_what_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "centre").mkdir()
    (tmp_path / "edge").mkdir()
    (tmp_path / "centre" / "thienly.toml").write_text(LISTEN)
    conf, now = Conf(tmp_path / "centre", env={}), datetime.now(UTC)
    membership.prepare(conf, now=now)
    said = [(f.check, f.level.name) for f in certificates.check(conf)]
    assert said == [("bus.certificates", "OK")]
    authority = membership.authority(conf)
    authority.issue("recorder", "r2", now=now, zone="cang", days=10)
    (found,) = certificates.check(conf)
    assert found.level.name == "WARNING" and "r2 (9)" in found.text.en and found.todo
    authority.issue("recorder", "r3", now=now - timedelta(days=9), zone="cang", days=8)
    (found,) = certificates.check(conf)
    assert found.level.name == "FAULT" and "r3" in found.text.vi
    authority.revoke("recorder", "r2", now=now)
    assert "r2" not in "".join(f.text.en for f in certificates.check(conf))
    text = 'nats_url = "tls://bus.tinh.example:4222"\n[[recorders]]\nname = "r2"\n'
    (tmp_path / "edge" / "thienly.toml").write_text(text)
    edge = Conf(tmp_path / "edge", env={})
    (found,) = certificates.check(edge)
    assert found.level.name == "FAULT" and "bus accept" in found.todo.en if found.todo else False
    edge.bus_keys.mkdir(parents=True)
    edge.bus_certificate("r2").write_bytes(authority.issue("recorder", "r2", now=now, zone="cang", days=40))
    (found,) = certificates.check(edge)
    assert found.level.name == "OK"
    (tmp_path / "edge" / "thienly.toml").write_text("")
    assert list(certificates.check(Conf(tmp_path / "edge", env={}))) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('bus_listen = "4222"', "10.20.0.5:4222"),
        ('bus_listen = "0.0.0.0:99999"', "10.20.0.5:4222"),
        ('bus_listen = "0.0.0.0:4222"\nnats_url = "tls://a:4222"', "set one"),
        ('[[stores]]\nname = "a"\nendpoint = "http://s3.tinh.example"\nbucket = "b"', "https:// only"),
        ('[[stores]]\nname = "a"\nendpoint = "http://10.0.0.9:9000"\nbucket = "b"', "https:// only"),
    ],
)
def test_what_would_be_plain_or_makes_no_sense_is_refused_with_a_sentence(
    tmp_path: Path, text: str, words: str
) -> None:
    (tmp_path / "thienly.toml").write_text(text)
    with pytest.raises(ValidationError, match=words):
        _ = Conf(tmp_path, env={}).file


def test_a_store_on_this_very_machine_may_be_plain(tmp_path: Path) -> None:
    store = '[[stores]]\nname = "a"\nendpoint = "http://127.0.0.1:9000"\nbucket = "b"'
    (tmp_path / "thienly.toml").write_text(store)
    assert Conf(tmp_path, env={}).file.stores[0].bucket == "b"


def test_the_list_is_told_whole_or_not_at_all(tmp_path: Path) -> None:
    conf = made(tmp_path)
    assert not [path for path in conf.bus_keys.iterdir() if path.name.endswith(str(os.getpid()))]
    assert len(membership.authority(conf).members()) == 3
