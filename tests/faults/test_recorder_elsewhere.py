"""A recorder on a machine of its own enters the bus by its certificate, and is shut out when it is stolen.

Centre and recorder are real processes, each with a data directory of its own.
"""

import asyncio
import json
import re
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.stack import CLIPS, Stack, environment, installation, wait_until
from thienly import membership
from thienly.bus import subjects
from thienly.bus.authority import ends, write_private
from thienly.bus.client import Bus, BusUnavailable
from thienly.bus.questions import FindFragments, FragmentList
from thienly.bus.server import free_port
from thienly.conf import Conf

pytestmark = [pytest.mark.fault, pytest.mark.timeout(280)]

PREPARE = """
from datetime import date
from django.core.management import call_command
call_command("migrate", verbosity=0)
from thienly.conf import Conf
from thienly.core.setup.keyring import create_keys
create_keys(Conf.load())
"""

CAMERA = """
from datetime import date
from thienly.core.access.actor import Actor
from thienly.core.registry.services import create_site, register_camera
from thienly.core.units.services import create_unit
init = Actor.machine("init")
unit = create_unit(actor=init, name="Cảng", kind="designated", functions=["camera_manager"], parent=None,
                   valid_from=date(2025, 7, 1), document="1/QĐ")
site = create_site(actor=init, unit=unit, name="Cảng cá", kind="public_place")
camera = register_camera(actor=init, site=site, code="CC-001", name="Cổng cảng", sector="fishing_port",
                         url="rtsp://127.0.0.1:{port}/bench/0", username="camera", password="thien-ly",
                         zone="cang")
print(camera.id.hex)
"""

STATE = """
from thienly.core.recording.models import CameraState
print(*CameraState.objects.values_list("recorder", "state"))
"""

HISTORY = """
import json
from thienly.core.ledger.models import Entry
rows = Entry.objects.filter(kind__startswith="bus.").order_by("seq")
print(json.dumps([[row.kind, row.actor_id, row.detail] for row in rows]))
"""


@dataclass
class Elsewhere:
    centre: Stack
    edge: Path
    camera: str

    def thienly(self, *words: str, data: Path | None = None) -> subprocess.CompletedProcess[str]:
        env = self.centre.env if data is None else environment(data, free_port())
        command = [sys.executable, "-m", "thienly", *words]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=90)

    def answer(self, context: ssl.SSLContext | None) -> bytes:
        """What the centre's bus says to whoever connects so and sends what a NATS client would send."""
        line: socket.socket
        said = b""
        try:
            with socket.create_connection(self.conf.bus_place, timeout=20) as raw:
                line = context.wrap_socket(raw, server_hostname="localhost") if context else raw
                line.sendall(b"CONNECT {}\r\nPING\r\n")
                while b"PONG" not in said and (more := line.recv(4096)):
                    said += more
        except OSError:  # refused in the handshake, or cut off
            pass
        return said

    @property
    def conf(self) -> Conf:
        return Conf(self.centre.data, env={})

    def footage(self) -> FragmentList:
        """What the recorder answers to the centre. Raises BusUnavailable."""

        async def ask() -> FragmentList:
            bus = await Bus.join(self.conf.bus_login(), name="test")
            try:
                wanted = FindFragments(camera=self.camera, from_us=0)
                return FragmentList.decode(
                    await bus.request(subjects.archive_find("r2"), wanted.encode(), timeout_s=5)
                )
            finally:
                await bus.close()

        return asyncio.run(ask())


@pytest.fixture(scope="module")
def sim_port() -> Iterator[int]:
    words = ["--port", "0", "--count", "1", "--size", "320x180", "--bitrate", "200000", "--cache", str(CLIPS)]
    process = subprocess.Popen(
        [sys.executable, "-m", "thienly", "sim", *words], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        port = 0
        for line in process.stdout:
            found = re.search(r"rtsp://[^:]+:(\d+)", line)
            port = int(found[1]) if found else port
            if line.strip() == "ready":
                break
        yield port
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def elsewhere(sim_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    data, edge = tmp_path_factory.mktemp("centre"), tmp_path_factory.mktemp("edge")
    listen = f'bus_listen = "127.0.0.1:{free_port()}"\nbus_names = ["localhost"]\ntranscode_slots = 0\n'
    (data / "thienly.toml").write_text(f'profile = "demo"\nsegment_s = 2\n{listen}')

    def prepare(env: dict[str, str]) -> None:
        code = "import django; django.setup()\n" + PREPARE
        done = subprocess.run(
            [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False, timeout=90
        )
        assert done.returncode == 0, done.stderr

    with installation(data, prepare=prepare) as centre:
        made = Elsewhere(centre, edge, "")
        bundle = edge / "r2.json"
        issued = made.thienly("bus", "issue", "--recorder", "r2", "--zone", "cang", "--to", str(bundle))
        assert issued.returncode == 0, issued.stderr
        assert bundle.stat().st_mode & 0o077 == 0
        accepted = made.thienly("bus", "accept", str(bundle), data=edge)
        assert accepted.returncode == 0, accepted.stderr
        assert not bundle.exists()
        toml = edge / "thienly.toml"
        toml.write_text("segment_s = 2\n" + toml.read_text())
        made.camera = centre.python(CAMERA.format(port=sim_port)).strip()
        yield made


@pytest.mark.req("DN-025")
def test_a_recorder_elsewhere_records_by_its_certificate_renews_it_and_is_shut_out_when_stolen(
    elsewhere: Elsewhere,
) -> None:
    centre, conf, edge = elsewhere.centre, elsewhere.conf, Conf(elsewhere.edge, env={})
    # It holds what opens its zone's passwords, and not the key of the whole installation.
    assert edge.zone_key.exists() and not edge.vault_key.exists() and not (edge.bus_keys / "ca.key").exists()
    now = datetime.now(UTC)
    soon = membership.authority(conf).issue(
        "recorder", "r2", now=now - timedelta(days=5), zone="cang", days=25
    )
    write_private(edge.bus_certificate("r2"), soon)
    membership.tell_server(conf, now=now)
    log = elsewhere.edge / "r2.log"
    env = environment(elsewhere.edge, free_port())
    with log.open("wb") as file:
        recorder = subprocess.Popen(
            [sys.executable, "-m", "thienly", "recorder", "--name", "r2"], env=env, stdout=file, stderr=file
        )
    try:
        wait_until(
            lambda: "('r2', 'recording')" in centre.python(STATE),
            within_s=90,
            what="recorded elsewhere, and known here",
            every_s=1,
        )
        wait_until(lambda: elsewhere.footage().fragments, within_s=30, what="footage found over the bus")
        wait_until(
            lambda: ends(edge.bus_certificate("r2")) > now + timedelta(days=300),
            within_s=30,
            what="the certificate renewed over the bus",
        )
        wait_until(
            lambda: json.loads(centre.python(HISTORY))[-1][:2] == ["bus.member_issued", "steward"],
            within_s=20,
            what="history of the renewal",
        )
        # Plaintext gets nothing, nor does TLS without a certificate; with the recorder's it is let in.
        ours = ssl.create_default_context(cafile=edge.bus_keys / "ca.pem")
        for answer in (elsewhere.answer(None), elsewhere.answer(ours)):
            assert b"INFO" not in answer and b"PONG" not in answer
        ours.load_cert_chain(edge.bus_certificate("r2"))
        assert b"PONG" in elsewhere.answer(ours)
        # The rights of a recorder suffice: those of this machine, and of that one.
        assert "bus_reached" in centre.log("recorder-r1")
        assert "Violation" not in centre.log("nats")
        # Stolen: cut off at once. It goes on recording, and is neither heard nor answered any more.
        revoked = elsewhere.thienly("bus", "revoke", "--recorder", "r2")
        assert revoked.returncode == 0, revoked.stderr
        assert b"PONG" not in elsewhere.answer(ours) and b"Authorization Violation" in elsewhere.answer(ours)
        with pytest.raises(BusUnavailable):
            elsewhere.footage()
        before = len(list(edge.data.rglob("*.mp4")))
        wait_until(
            lambda: len(list(edge.data.rglob("*.mp4"))) > before + 1, within_s=40, what="recording goes on"
        )
        with pytest.raises(BusUnavailable):
            elsewhere.footage()
        assert json.loads(centre.python(HISTORY))[-1][0] == "bus.member_revoked"
        assert elsewhere.thienly("bus", "revoke", "--recorder", "r2").returncode == 1
    finally:
        recorder.terminate()
        recorder.wait(20)
