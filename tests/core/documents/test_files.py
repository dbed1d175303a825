"""What is taken in as a document, and what is not, each with its reason; and where it lies."""

import io
import stat
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from PIL import Image

from tests import province
from tests.core.extraction.scene import LETTER
from thienly.core.access.actor import Actor
from thienly.core.access.refusal import OutsideScope
from thienly.core.documents import files, services
from thienly.core.documents.models import StoredDocument
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry

PAGE = b"3 0 obj<</Type/Page/Parent 2 0 R>>endobj\n"


def pdf(body: bytes = PAGE, count: int = 1, more: bytes = b"") -> bytes:
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count "
        + str(count).encode()
        + b"/Kids[3 0 R]>>endobj\n"
        + body
        + b"trailer<</Root 1 0 R"
        + more
        + b">>\n%%EOF\n"
    )


def stream(inside: bytes) -> bytes:
    packed = zlib.compress(inside, 9)
    head = b"5 0 obj<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length " + str(len(packed)).encode()
    return head + b">>stream\n" + packed + b"\nendstream endobj\n"


def png(width: int = 40, height: int = 40) -> bytes:
    out = io.BytesIO()
    Image.new("1", (width, height)).save(out, "PNG")
    return out.getvalue()


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("bom.txt", b"0" * 5_000_000)
    return out.getvalue()


@pytest.mark.parametrize("data", [pdf(), pdf(b"", 300), pdf(stream(b"<</Type/Page>>")), png()])
def test_documents_and_pictures_of_paper_are_taken(data: bytes) -> None:
    taken = files.take(io.BytesIO(data), "Công văn 45.pdf")
    assert taken.data == data and taken.media in files.MEDIA and len(taken.sha256) == 64


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: b"", "empty"),
        (lambda: b"#!/bin/sh\nrm -rf /\n", "kind"),
        (lambda: b"MZ\x90\x00", "kind"),
        (lambda: b"<html><script>alert(1)</script>", "kind"),
        (lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "kind"),
        (archive, "archive"),
        (lambda: b"\x1f\x8b\x08\x00", "archive"),
        (lambda: pdf(more=b"/Encrypt 9 0 R"), "encrypted"),
        (lambda: pdf(b"", count=500), "pages"),
        (lambda: pdf(b"7 0 obj<</Type/Page>>endobj\n" * 301), "pages"),
        (lambda: pdf(stream(b"<</Type/Page>>" * 301)), "pages"),
        (lambda: pdf(b"4 0 obj<</S/JavaScript/JS(app.alert(1))>>endobj\n"), "active"),
        (lambda: pdf(stream(b"<</S/Launch/F(cmd.exe)>>")), "active"),
        (lambda: pdf(stream(b"\0" * (40 * 1024 * 1024))), "bomb"),
        (lambda: pdf()[:-20], "broken"),
        (lambda: b"%PDF-1.4\n%%EOF\n", "broken"),
        (lambda: png()[:60], "broken"),
        (lambda: png(12_000, 12_000), "bomb"),
        (lambda: b"%PDF-" + b"0" * files.MOST_BYTES, "large"),
    ],
)
def test_anything_else_is_refused_and_the_reason_is_said(make: Callable[[], bytes], code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        files.take(io.BytesIO(make()), "thu.pdf")
    (error,) = refused.value.error_dict["file"]
    assert error.code == code and error.messages[0]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\Thư.pdf", "Thư.pdf"),
        ("a\0b\r\nc\u202efdp.exe", "abcfdp.exe"),
        ("đ" * 400 + ".pdf", "đ" * 200),
        ("", ""),
    ],
)
def test_a_name_is_only_ever_shown(given: str, shown: str) -> None:
    assert files.shown_name(given) == shown


@pytest.fixture
def clerk(db: None) -> Actor:
    return Actor.person(province.person("vanthu", "Bùi Thị Thư"))


def test_a_file_lies_under_its_id_for_the_program_alone_and_is_read_only_as_it_was(clerk: Actor) -> None:
    taken = files.take(io.BytesIO(pdf()), "../x.pdf")
    document = services.store(actor=clerk, words=LETTER, file=taken, certified=True)
    path = files.path_of(document.id)
    assert path == Path(settings.CONF.data, "documents", document.id.hex[:2], document.id.hex)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert services.read(actor=clerk, document=document) == pdf()
    told = Entry.objects.get(kind=Kind.DOCUMENT_STORED)
    assert told.detail["sha256"] == taken.sha256 and told.detail["number"] == LETTER.number
    path.write_bytes(pdf() + b" ")
    with pytest.raises(OutsideScope):
        services.read(actor=clerk, document=document)


def test_what_is_missing_is_said_and_nothing_is_kept(clerk: Actor) -> None:
    taken = files.take(io.BytesIO(pdf()), "x.pdf")
    with pytest.raises(ValidationError) as wrong:
        services.store(actor=clerk, words=LETTER, file=taken)
    assert set(wrong.value.message_dict) == {"certified"}
    with pytest.raises(ValidationError) as wrong:
        services.store(actor=clerk, words=type(LETTER)("", None, "", ""), file=None)
    assert set(wrong.value.message_dict) == {"number", "issued", "issuer", "signatory"}
    assert not StoredDocument.objects.exists()


def test_a_disk_that_takes_nothing_leaves_nothing_behind(
    clerk: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files.os, "fsync", _full)
    taken = files.take(io.BytesIO(pdf()), "x.pdf")
    with pytest.raises(ValidationError) as wrong:
        services.store(actor=clerk, words=LETTER, file=taken, certified=True)
    assert wrong.value.error_dict["file"][0].code == "disk"
    assert not StoredDocument.objects.exists()
    assert not list(Path(settings.CONF.data, "documents").rglob("*.part"))


def test_only_who_stored_a_document_revokes_it_and_says_why(clerk: Actor) -> None:
    document = services.store(actor=clerk, words=LETTER, file=None)
    other = Actor.person(province.person("khac", "Người Khác"))
    for actor, id_ in ((other, document.id), (clerk, uuid4())):
        with pytest.raises(OutsideScope):
            services.revoke(actor=actor, id=id_, reason="Nhầm")
    with pytest.raises(ValidationError):
        services.revoke(actor=clerk, id=document.id, reason=" ")
    services.revoke(actor=clerk, id=document.id, reason="Ban hành nhầm")
    with pytest.raises(ValidationError):
        services.revoke(actor=clerk, id=document.id, reason="lần nữa")
    assert services.own_documents(clerk) == []


def _full(_handle: int) -> None:
    raise OSError(28, "No space left on device")
