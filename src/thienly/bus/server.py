"""The child NATS server: one configuration file, nothing secret on the command line.

On this machine alone it listens without TLS, and a generated password lets its processes in. Where others
reach it, every connection is TLS from its first byte, and a certificate of the installation's own authority
lets in; what its bearer may do stands in `permissions`.
"""

import ipaddress
import json
import os
import secrets
import shutil
import socket
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from thienly.bus import permissions
from thienly.bus.authority import Authority, Member
from thienly.bus.subjects import MAX_PAYLOAD


@dataclass(frozen=True, slots=True)
class Login:
    """How to reach the server: by password, or by certificate (`certificate`: a PEM file with its key).

    `recorder`: whose certificate it is, with the rights of a recorder alone; empty: with all.
    """

    url: str
    user: str = ""
    password: str = ""
    certificate: Path | None = None
    authority: Path | None = None
    recorder: str = ""

    @classmethod
    def read(cls, path: Path) -> "Login":
        """Raises FileNotFoundError when no child server was ever prepared."""
        return cls(**json.loads(path.read_text()))


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the server listens for other machines, with which certificate, and whom it lets in."""

    host: str
    port: int
    certificate: Path
    authority: Authority


class Plaintext(ValueError):
    """Somebody wants the bus to be reachable from elsewhere without TLS."""

    def __init__(self, place: str) -> None:
        super().__init__(
            f"{place}: bus không mã hóa chỉ được dùng trên chính máy này (127.0.0.1); "
            "đặt bus_listen để máy khác kết nối bằng TLS và chứng thư.\n"
            f"{place}: a bus without encryption is for this machine alone (127.0.0.1); "
            "set bus_listen, and others connect with TLS and certificates."
        )


def prepare(directory: Path, *, port: int | None = None, host: str = "127.0.0.1") -> Login:
    """Writes `nats.conf` and `login.json` into `directory`; a second call keeps port and password.

    Raises Plaintext when `host` is not this machine alone: see `prepare_listening`.
    """
    if not is_loopback(host):
        raise Plaintext(host)
    directory.mkdir(parents=True, exist_ok=True)
    login_path = directory / "login.json"
    if login_path.exists() and port is None:
        login = Login.read(login_path)
    else:
        port = port or free_port()
        login = Login(f"nats://{host}:{port}", "thienly", secrets.token_urlsafe(24))
        _write_private(
            login_path, json.dumps({"url": login.url, "user": login.user, "password": login.password})
        )
    port = int(login.url.rsplit(":", 1)[1])
    _configure(
        directory,
        listen=f"{host}:{port}",
        more=f"authorization {{ user: {json.dumps(login.user)}, password: {json.dumps(login.password)} }}",
    )
    return login


def prepare_listening(directory: Path, listening: Listening, *, now: datetime) -> None:
    """Writes `nats.conf` for a server that other machines reach. Raises ValueError, OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    host = f"[{listening.host}]" if ":" in listening.host else listening.host
    certificate = json.dumps(str(listening.certificate))
    tls = (
        f"tls {{ cert_file: {certificate}, key_file: {certificate}, "
        f"ca_file: {json.dumps(str(listening.authority.public))}, "
        "verify_and_map: true, handshake_first: true, timeout: 5 }"
    )
    _configure(
        directory,
        listen=f"{host}:{listening.port}",
        more=f"{tls}\nauthorization: {json.dumps({'users': users(listening.authority, now)}, indent=1)}",
    )


def users(authority: Authority, now: datetime) -> list[dict[str, object]]:
    """Who may enter, and do what. Raises ValueError, OSError when the list cannot be read."""
    return [_user(member) for member in authority.members() if _enters(member, now)]


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _enters(member: Member, now: datetime) -> bool:
    return member.role != "server" and member.valid(now)


def _user(member: Member) -> dict[str, object]:
    if member.role == "recorder":
        return {"user": member.user, "permissions": permissions.of_recorder(member.name, member.zone)}
    return {"user": member.user}


def _configure(directory: Path, *, listen: str, more: str) -> None:
    _write_private(
        directory / "nats.conf",
        f"""# Written by thienly; edits are lost.
listen: "{listen}"
max_payload: {MAX_PAYLOAD}
max_pending: {16 * MAX_PAYLOAD}
jetstream {{ store_dir: {json.dumps(str(directory / "store"))}, sync_interval: "10s" }}
{more}
""",
    )


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
