"""A real S3 server (SeaweedFS) for tests, on ports of its own."""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

ACCESS_KEY, SECRET = "thienly-recorder", "bí mật của kho lưu trữ".encode().hex()
_PATIENCE_S = 60


@dataclass(frozen=True, slots=True)
class S3:
    """`port`: of the S3 interface on 127.0.0.1."""

    port: int

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def seaweed(directory: Path) -> Iterator[S3]:
    """Starts `weed server -s3` below `directory`; ends it with the block."""
    directory.mkdir(parents=True, exist_ok=True)
    accounts = directory / "s3.json"
    credentials = [{"accessKey": ACCESS_KEY, "secretKey": SECRET}]
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    identity = {"name": "recorder", "credentials": credentials, "actions": actions}
    accounts.write_text(json.dumps({"identities": [identity]}))
    names = ("master", "master.grpc", "volume", "volume.grpc", "filer", "filer.grpc", "s3", "s3.grpc")
    ports = dict(zip(names, _free_ports(len(names)), strict=True))
    weed = Path(sys.executable).with_name("weed")
    arguments = [
        str(weed),
        "-logtostderr=true",
        "server",
        "-s3",
        f"-dir={directory}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-master.telemetry=false",
        "-volume.max=200",
        "-master.volumeSizeLimitMB=64",
        "-s3.iam=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",  # its usual port is one for the whole machine
        f"-s3.config={accounts}",
        f"-filer.localSocket={directory / 'filer.sock'}",
        f"-s3.localSocket={directory / 's3.sock'}",
        *(
            f"-{name.replace('.grpc', '.port.grpc') if '.' in name else name + '.port'}={port}"
            for name, port in ports.items()
        ),
    ]
    with (directory / "weed.log").open("wb") as log:
        process = subprocess.Popen(arguments, stdout=log, stderr=log, cwd=directory)
    try:
        _wait(ports["s3"], process, directory)
        yield S3(ports["s3"])
    finally:
        process.kill()  # its orderly end takes a quarter of a minute, and nothing of it is needed
        process.wait(10)


def _wait(port: int, process: "subprocess.Popen[bytes]", directory: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2).read()
        except urllib.error.HTTPError:
            return  # it refuses a stranger: it serves
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"SeaweedFS did not start:\n{(directory / 'weed.log').read_text()[-2000:]}")


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
