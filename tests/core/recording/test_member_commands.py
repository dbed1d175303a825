"""`thienly bus`: what is asked wrongly is refused with a sentence, and what is done stands in history."""

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from thienly import member_commands, membership
from thienly.bus.vault import Vault, ZoneSeals, open_for
from thienly.conf import Conf
from thienly.core.ledger.models import Entry

pytestmark = pytest.mark.django_db


def run(conf: Conf, *words: str) -> int:
    parser = argparse.ArgumentParser()
    member_commands.parser(parser.add_subparsers())
    arguments = parser.parse_args(["bus", *words])
    code: int = arguments.run(conf, arguments)
    return code


@pytest.fixture
def centre(tmp_path: Path) -> Conf:
    data = tmp_path / "centre"
    (data / "keys").mkdir(parents=True)
    (data / "keys" / "vault.key").write_bytes(Vault.new_key())
    (data / "thienly.toml").write_text('bus_listen = "0.0.0.0:4222"\nbus_names = ["bus.tinh.example"]\n')
    conf = Conf(data, env={})
    membership.prepare(conf, now=datetime.now(UTC))
    return conf


def issued(centre: Conf, file: Path, name: str = "r2") -> Path:
    assert run(centre, "issue", "--recorder", name, "--zone", "cang", "--to", str(file)) == 0
    return file


def test_what_is_issued_opens_its_zone_alone_and_is_taken_once(centre: Conf, tmp_path: Path) -> None:
    file, edge = issued(centre, tmp_path / "r2.json"), Conf(tmp_path / "edge", env={})
    with pytest.raises(SystemExit, match="r2"):  # it is not written over
        run(centre, "issue", "--recorder", "r3", "--to", str(file))
    assert run(edge, "accept", str(file)) == 0 and not file.exists()
    login = edge.bus_login("r2")
    assert login.url == "tls://bus.tinh.example:4222" and login.recorder == "r2"
    assert [(one.name, one.zone) for one in edge.file.recorders] == [("r2", "cang")]
    for path in (edge.zone_key, edge.bus_certificate("r2"), edge.data / "thienly.toml"):
        assert path.stat().st_mode & 0o077 == 0
    seals, password = ZoneSeals(centre.vault_key), Vault.from_file(centre.vault_key).seal("mật khẩu")
    assert seals.of(password, "cang") == seals.of(password, "cang") != password
    keys = {"vault_key": edge.vault_key, "zone_key": edge.zone_key}
    assert open_for("cang", seals.of(password, "cang"), **keys) == "mật khẩu"
    for sealed in (password, seals.of(password, "main")):
        with pytest.raises(ValueError, match="key"):
            open_for("cang", sealed, **keys)
    assert [(row.kind, row.detail) for row in Entry.objects.filter(kind__startswith="bus.")] == [
        ("bus.member_issued", {"role": "recorder", "name": "r2", "zone": "cang"})
    ]


def test_who_is_let_in_is_listed_and_who_is_revoked_is_no_user_any_more(
    centre: Conf, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    issued(centre, tmp_path / "r2.json")
    assert run(centre, "issue", "--centre", "g2", "--to", str(tmp_path / "g2.json")) == 0
    assert json.loads((tmp_path / "g2.json").read_text())["zone_key"] == ""
    capsys.readouterr()
    run(centre, "users")
    assert "urn:thienly:recorder:r2:" in capsys.readouterr().out
    assert run(centre, "revoke", "--recorder", "r2") == 0
    capsys.readouterr()
    run(centre, "users")
    text = capsys.readouterr().out
    assert "recorder:r2" not in text and "urn:thienly:centre:g2:" in text
    assert "recorder:r2" not in (centre.nats_dir / "nats.conf").read_text()
    run(centre, "list", "--json")
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {row["name"]: row["state"] for row in rows}["r2"] == "revoked"
    with pytest.raises(SystemExit, match="r2 has no certificate that is valid"):
        run(centre, "revoke", "--recorder", "r2")
    kinds = [row.kind for row in Entry.objects.filter(kind__startswith="bus.").order_by("seq")]
    assert kinds == ["bus.member_issued", "bus.member_issued", "bus.member_revoked"]


def test_what_makes_no_sense_is_refused_and_leaves_nothing(centre: Conf, tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    for words, sentence in (
        (("--recorder", "R 2"), "small letters"),
        (("--recorder", "r2", "--zone", "Bến Cảng"), "Not a zone"),
        (("--recorder", "r1"), "runs on this machine"),
    ):
        with pytest.raises(SystemExit, match=sentence):
            run(centre, "issue", *words, "--to", str(file))
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "thienly.toml").write_text("")
    with pytest.raises(SystemExit, match="listens on this machine alone"):
        run(Conf(plain, env={}), "issue", "--recorder", "r2", "--to", str(file))
    assert not file.exists() and not Entry.objects.filter(kind__startswith="bus.").exists()
    issued(centre, file)
    with pytest.raises(SystemExit, match="for another"):
        run(centre, "accept", str(file))
    other = tmp_path / "other"
    other.mkdir()
    (other / "thienly.toml").write_text('[[recorders]]\nname = "r9"\nzone = "cang"\n')
    with pytest.raises(SystemExit, match="no recorder r2"):
        run(Conf(other, env={}), "accept", str(file))
    (other / "thienly.toml").write_text('[[recorders]]\nname = "r2"\nzone = "cang"\n')
    with pytest.raises(SystemExit, match="must say nats_url"):
        run(Conf(other, env={}), "accept", str(file))
    assert file.exists() and not (other / "keys").exists()
    for rubbish in (b"", b"{}", b"\xff\xfe", file.read_bytes().replace(b'"recorder"', b'"../x"')):
        (tmp_path / "rubbish").write_bytes(rubbish)
        with pytest.raises(SystemExit, match="rubbish"):
            run(Conf(other, env={}), "accept", str(tmp_path / "rubbish"))
