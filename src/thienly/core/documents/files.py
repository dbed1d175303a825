"""Files of documents: what is taken in, and where it lies. The name from outside is only ever shown."""

import hashlib
import io
import os
import unicodedata
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from PIL import Image

from thienly.core.documents.pdf import MOST_PAGES, Wrong, wrong_pdf

MOST_BYTES = 20 * 1024 * 1024
MOST_PIXELS = 100_000_000
MEDIA = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}
"""What is kept, with the ending it gets: documents as they are issued, and pictures of paper."""

_MAGIC = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that may be kept. `name`: as it was given, without what no name should hold."""

    data: bytes
    name: str
    media: str
    sha256: str


def take(file: Readable, name: str) -> Taken:
    """Reads an upload and judges it by its content. Raises ValidationError that says what is wrong."""
    data = file.read(MOST_BYTES + 1)
    if not data:
        raise _refused(_("The file is empty."), "empty")
    if len(data) > MOST_BYTES:
        raise _refused(_("The file is larger than 20 MB; scan the document with less detail."), "large")
    media = next((media for magic, media in _MAGIC.items() if data.startswith(magic)), "")
    if not media:
        if data.startswith(_ARCHIVES):
            message = _("This is an archive or an office file; attach the document itself as PDF or picture.")
            raise _refused(message, "archive")
        message = _("This is no document: only PDF, JPEG and PNG are kept, whatever the name says.")
        raise _refused(message, "kind")
    if media == "application/pdf":
        _check_pdf(data)
    else:
        _check_picture(data)
    return Taken(data, shown_name(name), media, hashlib.sha256(data).hexdigest())


def shown_name(name: str) -> str:
    """The last part of a path, in NFC, without control, bidirectional and unassigned characters."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    clean = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C")
    return " ".join(clean.split())[:200]


def keep(id_: UUID, data: bytes) -> None:
    """Writes the file under the id, readable by the program alone. Raises ValidationError when the disk does
    not take it; then nothing of it stays."""
    path = path_of(id_)
    part = path.with_suffix(".part")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as target:
            target.write(data)
            target.flush()
            os.fsync(target.fileno())
        part.rename(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        message = _("The document could not be kept: the disk does not take it. Nothing was sent.")
        raise _refused(message, "disk") from error


def read(id_: UUID, sha256: str) -> bytes | None:
    """The file as it was kept; None when it is not there or is not what it was."""
    try:
        data = path_of(id_).read_bytes()
    except OSError:
        return None
    return data if hashlib.sha256(data).hexdigest() == sha256 else None


def forget(id_: UUID) -> None:
    """Removes the file of a document that was never stored in the end."""
    path_of(id_).unlink(missing_ok=True)


def path_of(id_: UUID) -> Path:
    return Path(settings.CONF.data) / "documents" / id_.hex[:2] / id_.hex


def _check_pdf(data: bytes) -> None:
    words = {
        Wrong.BROKEN: _("The PDF is broken or cut off; make it anew."),
        Wrong.ENCRYPTED: _("The PDF is protected by a password: nobody could read it here. Attach it open."),
        Wrong.ACTIVE: _("The PDF holds a script or another file; print it into a plain PDF."),
        Wrong.PAGES: _("The document has more than 300 pages; attach the decision, not the whole file."),
        Wrong.BOMB: _("The PDF unpacks to more than any document needs; make it anew."),
    }
    wrong = wrong_pdf(data)
    if wrong is not None:
        raise _refused(words[wrong], wrong.value, most=MOST_PAGES)


def _check_picture(data: bytes) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise Image.DecompressionBombError
                picture.verify()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _refused(_("The picture is larger than any page; scan it with less detail."), "bomb") from None
    except (OSError, SyntaxError, ValueError):
        raise _refused(_("The picture is broken or cut off."), "broken") from None


def _refused(message: object, code: str, **facts: object) -> ValidationError:
    return ValidationError({"file": [ValidationError(message, code, facts)]})  # type: ignore[arg-type]
