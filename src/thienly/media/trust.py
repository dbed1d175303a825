"""Whom a recorder believes to be a camera: a certificate signed by a known authority, or the very one that a
person has confirmed."""

import hashlib
import ssl
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID

from thienly.media.frames import SourceError
from thienly.rules.problems import Problem


@dataclass(frozen=True, slots=True)
class Trust:
    """`fingerprint`: SHA-256 of the certificate (64 hex digits) that alone is believed; empty: one signed by
    an authority of the system or of `ca_file` (PEM), for the name in the address."""

    fingerprint: str = ""
    ca_file: Path | None = None

    def context(self) -> ssl.SSLContext:
        """Raises SourceError(CERTIFICATE_UNTRUSTED) when the installation's own file cannot be read."""
        if self.fingerprint:
            return _anybody()
        try:
            return _authorities(self.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise SourceError(
                Problem.CERTIFICATE_UNTRUSTED, "the installation's file of authorities cannot be read"
            ) from error

    def check(self, certificate: bytes) -> None:
        """To be called before anything is sent. Raises SourceError(CERTIFICATE_CHANGED)."""
        if self.fingerprint and fingerprint_of(certificate) != self.fingerprint:
            raise SourceError(Problem.CERTIFICATE_CHANGED, f"it is now {fingerprint_of(certificate)}")


AUTHORITIES = Trust()
"""Those of the system."""
ANYBODY = Trust(fingerprint="-")
"""To look at a certificate, never to send anything: `check` refuses every one."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a person sees before trusting: `subject` and `issuer` are common names as the device gives them,
    cut short; `until` ISO 8601, empty when the certificate cannot be read."""

    fingerprint: str
    subject: str = ""
    issuer: str = ""
    until: str = ""


def fingerprint_of(certificate: bytes) -> str:
    """SHA-256 of a certificate (DER) in lower-case hex."""
    return hashlib.sha256(certificate).hexdigest()


def describe(certificate: bytes) -> Certificate:
    """Never raises: what a camera shows may be anything."""
    fingerprint = fingerprint_of(certificate)
    try:
        parsed = x509.load_der_x509_certificate(certificate)
        until: datetime = parsed.not_valid_after_utc
        return Certificate(fingerprint, _name(parsed.subject), _name(parsed.issuer), until.isoformat())
    except (ValueError, TypeError):
        return Certificate(fingerprint)


def _name(name: x509.Name) -> str:
    names = name.get_attributes_for_oid(NameOID.COMMON_NAME) or list(name)
    text = str(names[0].value) if names else ""
    return "".join(letter for letter in text if letter.isprintable())[:80]


@lru_cache(maxsize=1)
def _anybody() -> ssl.SSLContext:
    """For a pinned certificate, which is compared as a whole: authority, name and age say nothing more."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@lru_cache(maxsize=4)
def _authorities(ca_file: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(cafile=ca_file)
    return context
