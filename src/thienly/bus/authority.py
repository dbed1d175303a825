"""The installation's own certificate authority for the bus, and whom it let in.

`<directory>/ca.key` stays at the centre; `ca.pem` is what everybody believes. A certificate bears one name
of its own (`Member.user`), which the server maps to what its bearer may do: taken out of the list, it is shut
out although it is still valid. `members.json` is that list.
"""

import fcntl
import ipaddress
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from uuid import uuid4

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Role = Literal["server", "centre", "recorder"]

DAYS = 397
"""How long a certificate is valid."""
RENEW_DAYS = 30
"""So long before its end a certificate is renewed, or somebody is told to."""
CA_DAYS = 20 * 365
_SLACK = timedelta(minutes=10)  # of the clocks


@dataclass(frozen=True, slots=True)
class Member:
    """One certificate. Times are Unix seconds; `revoked` 0: it was not."""

    id: str
    role: Role
    name: str
    zone: str
    since: int
    until: int
    revoked: int = 0

    @property
    def user(self) -> str:
        """The name in the certificate, and in the server's list of who may do what."""
        return f"urn:thienly:{self.role}:{self.name}:{self.id}"

    def valid(self, now: datetime) -> bool:
        return not self.revoked and now.timestamp() < self.until

    def days_left(self, now: datetime) -> float:
        return (self.until - now.timestamp()) / 86400


class Unknown(Exception):
    """Nobody of this name has a certificate that is valid."""


class Authority:
    """Below `directory`; nothing is made before the first certificate."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._list = directory / "members.json"

    @property
    def exists(self) -> bool:
        return (self._directory / "ca.key").exists()

    @property
    def public(self) -> Path:
        return self._directory / "ca.pem"

    def members(self) -> list[Member]:
        """Every certificate there ever was, oldest first. Raises ValueError, OSError."""
        try:
            return [Member(**entry) for entry in json.loads(self._list.read_text())]
        except FileNotFoundError:
            return []

    def standing(self, now: datetime) -> list[Member]:
        """Of each who is let in, the certificate that is valid longest. Raises as `members`."""
        best: dict[tuple[str, str], Member] = {}
        for member in self.members():
            if member.valid(now):
                best[member.role, member.name] = member
        return list(best.values())

    def zones(self) -> set[str]:
        """Where recorders with certificates are; those of a list that cannot be read are not known."""
        try:
            return {m.zone for m in self.members() if m.role == "recorder" and not m.revoked}
        except (OSError, ValueError, TypeError):
            return set()

    def issue(
        self,
        role: Role,
        name: str,
        *,
        now: datetime,
        zone: str = "",
        hosts: Sequence[str] = (),
        days: float = DAYS,
    ) -> bytes:
        """PEM: a new private key and its certificate. `hosts`: names and addresses of a server. What was
        issued before stays valid."""
        key = ec.generate_private_key(ec.SECP256R1())
        member = Member(
            uuid4().hex, role, name, zone, int(now.timestamp()), int((now + timedelta(days=days)).timestamp())
        )
        usage = ExtendedKeyUsageOID.SERVER_AUTH if role == "server" else ExtendedKeyUsageOID.CLIENT_AUTH
        with self._changing() as members:
            self._make(now)
            ca = x509.load_pem_x509_certificate(self.public.read_bytes())
            builder = (
                _builder(f"{role} {name}"[:64], now, timedelta(days=days))
                .issuer_name(ca.subject)
                .public_key(key.public_key())
                .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
                .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
                .add_extension(x509.SubjectAlternativeName([*_hosts(hosts), _urn(member)]), critical=False)
            )
            certificate = builder.sign(self._key(), SHA256())
            members.append(member)
        return _pem(key) + certificate.public_bytes(Encoding.PEM)

    def revoke(self, role: Role, name: str, *, now: datetime, but: str = "") -> list[Member]:
        """Shuts out every certificate of this name, but the one with the id `but`. Raises Unknown."""
        shut_out = []
        with self._changing() as members:
            for place, member in enumerate(members):
                if (member.role, member.name) == (role, name) and member.valid(now) and member.id != but:
                    members[place] = replace(member, revoked=int(now.timestamp()))
                    shut_out.append(members[place])
        if not shut_out:
            raise Unknown(name)
        return shut_out

    @contextmanager
    def _changing(self) -> Iterator[list[Member]]:
        """The list, saved at the end. One process at a time."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            members = self.members()
            yield members
            text = json.dumps([asdict(member) for member in members], indent=1)
            write_private(self._list, text.encode())
        finally:
            os.close(descriptor)

    def _make(self, now: datetime) -> None:
        if self.exists:
            return
        key = ec.generate_private_key(ec.SECP256R1())
        name = f"Thien Ly {uuid4().hex[:8]}"
        certificate = (
            _builder(name, now, timedelta(days=CA_DAYS))
            .issuer_name(_name(name))
            .public_key(key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_SIGNS, critical=True)
            .sign(key, SHA256())
        )
        write_private(self.public, certificate.public_bytes(Encoding.PEM))
        write_private(self._directory / "ca.key", _pem(key))

    def _key(self) -> ec.EllipticCurvePrivateKey:
        key = load_pem_private_key((self._directory / "ca.key").read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101 - made above
        return key


def ends(path: Path) -> datetime:
    """When the certificate in a PEM file ends. Raises ValueError, OSError."""
    return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc


def write_private(path: Path, data: bytes) -> None:
    """Whole or not at all, for this user alone."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


_SIGNS = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def _builder(name: str, now: datetime, valid: timedelta) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .serial_number(x509.random_serial_number())
        .not_valid_before(now.astimezone(UTC) - _SLACK)
        .not_valid_after(now.astimezone(UTC) + valid)
    )


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _urn(member: Member) -> x509.GeneralName:
    return x509.UniformResourceIdentifier(member.user)


def _hosts(hosts: Sequence[str]) -> list[x509.GeneralName]:
    return [_host(host) for host in dict.fromkeys(hosts)]


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
