"""The child NATS server: one configuration file with a generated password, nothing on the command line."""

import json
import os
import secrets
import shutil
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from thienly.bus.subjects import MAX_PAYLOAD


@dataclass(frozen=True, slots=True)
class Login:
    """How to reach the server."""

    url: str
    user: str = ""
    password: str = ""

    @classmethod
    def read(cls, path: Path) -> "Login":
        """Raises FileNotFoundError when no child server was ever prepared."""
        return cls(**json.loads(path.read_text()))


def prepare(directory: Path, *, port: int | None = None) -> Login:
    """Writes `nats.conf` and `login.json` into `directory`; a second call keeps port and password."""
    directory.mkdir(parents=True, exist_ok=True)
    login_path = directory / "login.json"
    if login_path.exists() and port is None:
        login = Login.read(login_path)
    else:
        port = port or free_port()
        login = Login(f"nats://127.0.0.1:{port}", "thienly", secrets.token_urlsafe(24))
        _write_private(
            login_path, json.dumps({"url": login.url, "user": login.user, "password": login.password})
        )
    port = int(login.url.rsplit(":", 1)[1])
    _write_private(
        directory / "nats.conf",
        f"""# Written by thienly; edits are lost.
listen: "127.0.0.1:{port}"
max_payload: {MAX_PAYLOAD}
max_pending: {16 * MAX_PAYLOAD}
authorization {{ user: {json.dumps(login.user)}, password: {json.dumps(login.password)} }}
jetstream {{ store_dir: {json.dumps(str(directory / "store"))}, sync_interval: "10s" }}
""",
    )
    return login


def command(directory: Path) -> list[str]:
    """The command that runs the prepared server. Raises FileNotFoundError when no server is installed."""
    beside = Path(sys.executable).parent / "nats-server"
    binary = str(beside) if beside.exists() else shutil.which("nats-server")
    if binary is None:
        raise FileNotFoundError("nats-server")
    return [binary, "-c", str(directory / "nats.conf")]


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
