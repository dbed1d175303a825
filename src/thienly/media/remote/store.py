"""One object store through obstore: puts, gets and removes objects, and says in one word what went wrong.

What a store answers is never logged whole: only the `Trouble` and a short technical cause without secrets.
"""

import os
import re
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import LocalStore, S3Store

from thienly.conf import Conf
from thienly.conf_stores import StoreConf
from thienly.rules.copies import Trouble

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

PIECE = 4 * 1024 * 1024
"""Bytes handed over at once."""
_READ_S, _CONNECT_S = 4, 3
_WHOLE_S = 900
_CODE = re.compile(r"<Code>([A-Za-z]{1,40})</Code>")
_STATUS = re.compile(r"status code: (\d{3})")
_FULL = {
    "QuotaExceeded",
    "InsufficientStorage",
    "InsufficientCapacity",
    "XMinioStorageFull",
    "EntityTooLarge",
}
_REFUSED = {
    "AccessDenied",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "AccountProblem",
    "InvalidSecurity",
}


class StoreError(Exception):
    """The store did not do it. `trouble` says why, `detail` is short, technical and free of secrets."""

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        super().__init__(f"{trouble.value}: {detail}")
        self.trouble = trouble
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Head:
    """What the store says of an object. `etag` is '' when it has none."""

    size: int
    etag: str


@dataclass(frozen=True, slots=True)
class Listed:
    """An object as a listing shows it."""

    name: str
    size: int
    etag: str


class ObjectStore:
    """Raises StoreError from every method. Nothing is tried again here: callers know how long to wait."""

    def __init__(
        self, conf: StoreConf, made: "S3Store | LocalStore", reading: "S3Store | LocalStore"
    ) -> None:
        self.conf = conf
        self._store = made
        self._reading = reading

    @classmethod
    def open(cls, conf: StoreConf, installation: Conf) -> "ObjectStore":
        """Raises StoreError (NO_SECRET, FAILED)."""
        try:
            if conf.kind == "directory":
                directory = installation.data / conf.directory
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
                local = LocalStore(directory)
                return cls(conf, local, local)
            secret = _secret(installation.store_secret(conf.name))
            ca = Path(installation.data, conf.ca_file).read_bytes() if conf.ca_file else b""
            return cls(conf, _s3(conf, secret, ca, _WHOLE_S), _s3(conf, secret, ca, _READ_S))
        except StoreError:
            raise
        except (OSError, ValueError, BaseError) as error:
            raise StoreError(Trouble.FAILED, type(error).__name__) from error

    async def put(self, name: str, pieces: AsyncIterator[bytes], size: int) -> None:
        """`size`: bytes that `pieces` will give. What `pieces` raises comes through."""
        key = self._key(name)
        if size > 4 * PIECE and self.conf.kind == "s3":
            with _translated():
                await obstore.put_async(self._store, key, pieces, chunk_size=2 * PIECE, max_concurrency=2)
            return
        data = b"".join([piece async for piece in pieces])
        with _translated():
            await obstore.put_async(self._store, key, data, use_multipart=False)

    async def get(self, name: str) -> AsyncIterator[bytes]:
        """The whole object, in pieces. Raises StoreError (LOST when there is none)."""
        with _translated(Trouble.LOST):
            result = await obstore.get_async(self._store, self._key(name))
            async for piece in result.stream(PIECE):
                yield bytes(piece)

    async def get_range(self, name: str, start: int, end: int) -> bytes:
        """Bytes [start, end). Gives up after a few seconds: somebody is watching."""
        with _translated(Trouble.LOST):
            return bytes(await obstore.get_range_async(self._reading, self._key(name), start=start, end=end))

    async def head(self, name: str) -> Head | None:
        """None when there is no such object."""
        try:
            with _translated(Trouble.LOST):
                meta = await obstore.head_async(self._reading, self._key(name))
        except StoreError as error:
            if error.trouble is Trouble.LOST:
                return None
            raise
        return Head(meta["size"], meta["e_tag"] or "")

    async def listed(self) -> AsyncIterator[Listed]:
        """Every object below the prefix."""
        prefix = self.conf.prefix.strip("/")
        with _translated():
            async for batch in obstore.list(self._store, prefix or None):
                for meta in batch:
                    name = meta["path"].removeprefix(f"{prefix}/" if prefix else "")
                    yield Listed(name, meta["size"], meta["e_tag"] or "")

    async def remove(self, name: str) -> None:
        """Also when it is gone already."""
        try:
            with _translated(Trouble.LOST):
                await obstore.delete_async(self._reading, self._key(name))
        except StoreError as error:
            if error.trouble is not Trouble.LOST:
                raise

    def _key(self, name: str) -> str:
        return f"{self.conf.prefix.strip('/')}/{name}" if self.conf.prefix.strip("/") else name


def _s3(conf: StoreConf, secret: str, ca: bytes, timeout_s: int) -> S3Store:
    options: ClientConfig = {
        "allow_http": conf.endpoint.startswith("http://"),
        "connect_timeout": timedelta(seconds=_CONNECT_S),
        "timeout": timedelta(seconds=timeout_s),
    }
    if timeout_s > _READ_S:
        options["read_timeout"] = timedelta(seconds=60)
    if ca:
        options["root_certificate"] = ca
    never: RetryConfig = {"max_retries": 0}
    return S3Store(
        conf.bucket,
        endpoint=conf.endpoint.rstrip("/"),
        region=conf.region,
        access_key_id=conf.access_key,
        secret_access_key=secret,
        virtual_hosted_style_request=False,
        client_options=options,
        retry_config=never,
    )


def _secret(path: Path) -> str:
    """Raises StoreError (NO_SECRET)."""
    try:
        mode = path.stat().st_mode
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(Trouble.NO_SECRET, f"{path.name} cannot be read") from error
    if stat.S_IMODE(mode) & (stat.S_IRWXG | stat.S_IRWXO) and os.getuid() == path.stat().st_uid:
        raise StoreError(Trouble.NO_SECRET, f"{path.name} must have mode 0600")
    if not secret:
        raise StoreError(Trouble.NO_SECRET, f"{path.name} is empty")
    return secret


@contextmanager
def _translated(missing: Trouble = Trouble.NO_BUCKET) -> Iterator[None]:
    """`missing`: what "not found" means here."""
    try:
        yield
    except (PermissionDeniedError, UnauthenticatedError) as error:
        raise StoreError(Trouble.REFUSED, _cause(error)) from None
    except FileNotFoundError as error:
        no_bucket = "NoSuchBucket" in str(error)
        raise StoreError(Trouble.NO_BUCKET if no_bucket else missing, _cause(error)) from None
    except (BaseError, OSError) as error:
        raise StoreError(_trouble(str(error)), _cause(error)) from None


def _trouble(text: str) -> Trouble:
    code, status = _CODE.search(text), _STATUS.search(text)
    if (code and code[1] in _FULL) or (status and status[1] == "507") or "No space left" in text:
        return Trouble.FULL
    if code and code[1] in _REFUSED:
        return Trouble.REFUSED
    if status and status[1][0] == "4" and status[1] not in ("408", "429"):
        return Trouble.FAILED
    return Trouble.AWAY


def _cause(error: Exception) -> str:
    text = str(error)
    code, status = _CODE.search(text), _STATUS.search(text)
    words = [match[1] for match in (status, code) if match]
    return " ".join(words) or type(error).__name__
