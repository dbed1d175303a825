"""An installation is made whole or not at all, by the one process that may make it."""

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection

from thienly.conf import Conf
from thienly.core.setup import install as module
from thienly.core.setup.answers import Answers
from thienly.core.setup.install import install
from thienly.core.setup.sentences import Refusal

PASSWORD = "cá-cơm-phơi-nắng"
LOOK = """
import json, django
django.setup()
from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.accounts.models import Account
from thienly.core.access.models import Seat
from thienly.core.ledger.models import Entry
from thienly.core.ledger import chain
from thienly.rules.actions import Action
from django.utils import timezone
account = Account.objects.get()
actor = Actor.person(account)
print("\\n" + json.dumps({
    "account": [account.username, account.full_name, account.check_password(%r)],
    "seat": list(Seat.objects.values_list("unit__name", "profile", "role", "document").get()),
    "may": sorted(a for a in Action if gate.decide(actor=actor, action=a, obj=None).allow),
    "history": list(Entry.objects.order_by("seq").values_list("actor_id", "kind")),
    "report": [chain.verify(now=timezone.now()).ok, chain.verify(now=timezone.now()).signed_until_seq],
}))
"""


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Answers in the form of the file; on PostgreSQL with a database of their own."""
    url = os.environ.get("THIENLY_DATABASE_URL", "")
    monkeypatch.delenv("THIENLY_DATABASE_URL", raising=False)
    answers: dict[str, Any] = {
        "document": "15/QĐ-UBND ngày 02/3/2026",
        "port": 8511,
        "unit": {"name": "Trung tâm Giám sát, điều hành tỉnh"},
        "administrator": {"username": "quantri", "full_name": "Đỗ Thị Quản", "password": PASSWORD},
        "network_zones": [{"name": "truyền số liệu chuyên dùng", "cidr": "10.20.0.0/16"}],
    }
    if connection.vendor == "sqlite":
        yield answers
        return
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("CREATE DATABASE installed")
        answers["database_url"] = urlsplit(url)._replace(path="/installed").geturl()
        yield answers
        admin.execute("DROP DATABASE installed WITH (FORCE)")


@pytest.fixture
def conf(tmp_path: Path) -> Conf:
    return Conf(tmp_path / "data", env={})


def look(conf: Conf) -> dict[str, Any]:
    """What a process of the new installation finds."""
    environment = os.environ | {"THIENLY_DATA": str(conf.data), "DJANGO_SETTINGS_MODULE": "thienly.settings"}
    result = subprocess.run(
        [sys.executable, "-c", LOOK % PASSWORD],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return found


def test_an_installation_has_a_unit_an_administrator_keys_and_a_signed_history(
    conf: Conf, given: dict[str, Any]
) -> None:
    install(conf=conf, answers=Answers.model_validate(given))
    found = look(conf)
    assert found["account"] == ["quantri", "Đỗ Thị Quản", True]
    unit, profile, role, document = found["seat"]
    assert (unit, profile, role, document) == (
        given["unit"]["name"],
        "QN",
        "central_admin",
        given["document"],
    )
    assert "admin.accounts" in found["may"]
    assert not {"view.live", "view.playback", "extract"} & set(found["may"])
    assert found["history"] == [
        ["init", "installation.created"],
        ["steward", "regulation.adopted"],
        ["init", "unit.created"],
        ["init", "account.created"],
        ["init", "seat.appointed"],
    ]
    assert found["report"] == [True, 5]
    fresh = Conf(conf.data, env={})
    assert (fresh.port, fresh.demo, fresh.file.network_zones[0].cidr) == (8511, False, "10.20.0.0/16")
    for key in (conf.vault_key, conf.django_secret, conf.ledger_key, conf.data / "thienly.toml"):
        assert key.stat().st_mode & 0o077 == 0
    assert {path.name for path in conf.data.iterdir()} <= set(module.MADE)


def test_it_is_made_once(conf: Conf, given: dict[str, Any]) -> None:
    install(conf=conf, answers=Answers.model_validate(given))
    before = {path: path.read_bytes() for path in conf.keys.iterdir()}
    with pytest.raises(Refusal, match="is an installation") as refused:
        install(conf=Conf(conf.data, env={}), answers=Answers.model_validate(given))
    assert "Đã có một cài đặt" in refused.value.sentences[0].vi
    assert {path: path.read_bytes() for path in conf.keys.iterdir()} == before
    if given.get("database_url"):
        other = Conf(conf.data.with_name("other"), env={})
        with pytest.raises(Refusal, match="belongs to another installation"):
            install(conf=other, answers=Answers.model_validate(given))
        assert not other.data.exists()


def test_a_weak_password_leaves_nothing_behind_and_says_so_in_two_languages(
    conf: Conf, given: dict[str, Any]
) -> None:
    given["administrator"]["password"] = "123456"
    with pytest.raises(Refusal) as refused:
        install(conf=conf, answers=Answers.model_validate(given))
    told = refused.value.sentences[0]
    assert told.vi.startswith("administrator.password: cần ít nhất 10 ký tự")
    assert told.en.startswith("administrator.password: it needs at least 10 characters")
    assert "123456" not in str(refused.value.sentences)
    assert not conf.data.exists()


def test_a_failure_while_moving_into_place_is_undone(
    conf: Conf, given: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    conf.data.mkdir()
    rename = Path.rename

    def fail_at_the_last(self: Path, target: Path) -> Path:
        if self.name == "thienly.toml":
            raise OSError("no space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_at_the_last)
    with pytest.raises(Refusal, match="no space left"):
        install(conf=conf, answers=Answers.model_validate(given))
    assert list(conf.data.iterdir()) == []


def test_what_a_killed_installation_left_does_not_hinder_the_next(conf: Conf, given: dict[str, Any]) -> None:
    (conf.data / module.STAGING / "keys").mkdir(parents=True)
    (conf.data / module.STAGING / "keys" / "vault.key").write_text("half")
    (conf.data / module.LOCK).touch()
    install(conf=conf, answers=Answers.model_validate(given))
    assert Conf(conf.data, env={}).initialised
    assert not (conf.data / module.STAGING).exists()


def test_keys_of_another_installation_are_not_touched(conf: Conf, given: dict[str, Any]) -> None:
    conf.keys.mkdir(parents=True)
    conf.vault_key.write_text("of another")
    with pytest.raises(Refusal, match="already holds keys"):
        install(conf=conf, answers=Answers.model_validate(given))
    assert conf.vault_key.read_text() == "of another"


def test_two_at_once_do_not_mix(conf: Conf, given: dict[str, Any]) -> None:
    conf.data.mkdir()
    with (conf.data / module.LOCK).open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(Refusal, match="under way"):
            install(conf=conf, answers=Answers.model_validate(given))


def test_a_place_that_cannot_be_written_to_is_refused_before_anything_is_made(
    conf: Conf, given: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    given["storage"] = str(tmp_path / "file" / "footage")
    with pytest.raises(Refusal, match="cannot be written to"):
        install(conf=conf, answers=Answers.model_validate(given))
    assert not conf.data.exists()


def test_the_password_stands_in_no_command_line(
    conf: Conf, given: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def run(command: list[str], **how: Any) -> Any:
        seen.extend([*command, *how["env"].values()])
        assert PASSWORD in json.loads(how["input"])["administrator"]["password"]
        raise subprocess.TimeoutExpired(command, 0)

    monkeypatch.setattr(module.subprocess, "run", run)
    with pytest.raises(Refusal, match="time ran out"):
        install(conf=conf, answers=Answers.model_validate(given))
    assert seen
    assert not any(PASSWORD in word for word in seen)
    assert not conf.data.exists()
