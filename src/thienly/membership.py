"""Certificates of an installation whose bus other machines reach: made, renewed, told to the server.

Here they are those of the server, of the centre's processes and of the recorders of this machine; those of
recorders elsewhere are issued by `thienly bus issue` and, in time, anew over the bus.
"""

import json
import os
import signal
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from cryptography import x509

from thienly.bus import server
from thienly.bus.authority import RENEW_DAYS, Authority, Member, Role, Unknown, ends, write_private
from thienly.bus.server import Listening
from thienly.conf import Conf

WARN_DAYS = 21
"""By then it should have been renewed by itself."""
_ALWAYS = ("localhost", "127.0.0.1", "::1")


def authority(conf: Conf) -> Authority:
    return Authority(conf.bus_keys)


def listening(conf: Conf) -> Listening:
    """Raises ValueError when the bus is of this machine alone."""
    host, port = conf.bus_place
    return Listening(host, port, conf.bus_keys / "server.pem", authority(conf))


def prepare(conf: Conf, *, now: datetime) -> None:
    """The child server's configuration, and every certificate that this machine needs. Raises ValueError,
    OSError."""
    if not conf.file.bus_listen:
        server.prepare(conf.nats_dir)
        return
    _issue_missing(conf, now)
    server.prepare_listening(conf.nats_dir, listening(conf), now=now)


def renew(conf: Conf, *, now: datetime) -> None:
    """What ends soon, while the server runs."""
    if _issue_missing(conf, now):
        tell_server(conf, now=now)


def tell_server(conf: Conf, *, now: datetime) -> bool:
    """The server takes the list as it is now: who stands in it no more is cut off. False: none runs here."""
    if not conf.file.bus_listen:
        return False
    server.prepare_listening(conf.nats_dir, listening(conf), now=now)
    try:
        pid = json.loads((conf.data / "pids.json").read_text())["nats"]
    except (OSError, ValueError, KeyError):
        return False
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGHUP)
        return True
    return False


def _issue_missing(conf: Conf, now: datetime) -> bool:
    """Whether anything was issued."""
    made = [_centre(conf, now), _server(conf, now)]
    made += [_recorder(conf, recorder.name, recorder.zone, now) for recorder in conf.file.recorders]
    return any(made)


def _centre(conf: Conf, now: datetime) -> bool:
    path = conf.bus_certificate()
    if path.exists() and _lasts(path, now):
        return False
    write_private(path, _issue(conf, "centre", "centre", now))
    return True


def _server(conf: Conf, now: datetime) -> bool:
    entry = listening(conf)
    hosts = {entry.host, *_ALWAYS, *conf.file.bus_names} - {"0.0.0.0", "::"}  # noqa: S104 - not names
    path = entry.certificate
    if path.exists() and _lasts(path, now) and _names(path.read_bytes()) == hosts:
        return False
    write_private(path, authority(conf).issue("server", "bus", now=now, hosts=sorted(hosts)))
    return True


def _recorder(conf: Conf, name: str, zone: str, now: datetime) -> bool:
    path = conf.bus_certificate(name)
    standing = [m for m in authority(conf).standing(now) if (m.role, m.name) == ("recorder", name)]
    moved = any(member.zone != zone for member in standing)
    if path.exists() and standing and not moved and _lasts(path, now):
        return False
    if moved:
        with suppress(Unknown):
            authority(conf).revoke("recorder", name, now=now)
    write_private(path, _issue(conf, "recorder", name, now, zone))
    return True


def _issue(conf: Conf, role: Role, name: str, now: datetime, zone: str = "") -> bytes:
    conf.bus_keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    return authority(conf).issue(role, name, now=now, zone=zone)


def _lasts(path: Path, now: datetime) -> bool:
    try:
        return (ends(path) - now).days >= RENEW_DAYS
    except ValueError:
        return False


def _names(pem: bytes) -> set[str]:
    found = x509.load_pem_x509_certificate(pem).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    names = found.value.get_values_for_type(x509.DNSName)
    return {*names, *(str(ip) for ip in found.value.get_values_for_type(x509.IPAddress))}


def ending(conf: Conf, *, now: datetime, within_days: float = WARN_DAYS) -> list[Member]:
    """Whose certificate ends soon, or has ended and was not revoked; the first to end first. Raises
    ValueError, OSError."""
    latest = {(m.role, m.name): m for m in authority(conf).members()}
    soon = [m for m in latest.values() if not m.revoked and m.days_left(now) < within_days]
    return sorted(soon, key=lambda member: member.until)
