"""The package on the page of its request: taken, handed over, and what became of it (QN)."""

import io
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.evidence.footage import Memory, segment
from tests.web.conftest import Browser, People, Town
from tests.web.test_extraction import form
from thienly.core.extraction.models import Extraction
from thienly.core.packages.packing import carry_out
from thienly.core.recording.moments import microseconds

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(people: People, town: Town) -> Browser:
    return people.keeper()


@pytest.fixture
def path(keeper: Browser, town: Town) -> str:
    """Of a request by right of the post, four seconds long and carried out."""
    start = (timezone.localtime() - timedelta(hours=2)).replace(microsecond=0)
    span = {"start": f"{start:%Y-%m-%dT%H:%M:%S}", "end": f"{start + timedelta(seconds=4):%Y-%m-%dT%H:%M:%S}"}
    keeper.post(f"/cameras/{town.quay.id.hex}/extraction/", form(town, **span))
    request = Extraction.objects.get()
    assert request.case.state == "ordered"
    first = segment(1, camera=town.quay.id.hex, start_us=microseconds(request.start))
    second = segment(2, camera=town.quay.id.hex, start_us=first.slice.statement.end_us)
    assert carry_out(request, source=Memory([first, second]))
    return f"/extraction/{request.case_id.hex}/"


def test_a_package_is_taken_from_the_page_and_brings_its_verifier(keeper: Browser, path: str) -> None:
    assert "Tải gói dữ liệu" in keeper.get(path).content.decode()
    answer = keeper.post(f"{path}package/")
    assert answer.status_code == 200 and answer["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        assert {"manifest.json", "manifest.sig", "verify.html", "cover.html"} <= set(archive.namelist())
    assert "đã tải về" in keeper.get(path).content.decode()


def test_to_whom_it_was_handed_and_what_became_of_it_stands_on_the_page(keeper: Browser, path: str) -> None:
    wrong = keeper.post(f"{path}package/hand-over/", {"recipient": "", "receipt": ""}, follow=True)
    assert "biên bản giao nhận" in wrong.content.decode()
    told = {"recipient": "Trung tá Trần Văn An", "receipt": "07/BB ngày 03/3/2026"}
    assert keeper.post(f"{path}package/hand-over/", told).status_code == 302
    keeper.post(f"{path}package/follow/", {"act": "misused", "note": "Đăng lên mạng xã hội"})
    page = keeper.get(path).content.decode()
    for words in ("Trung tá Trần Văn An", "07/BB ngày 03/3/2026", "bị sử dụng sai", "Đăng lên mạng xã hội"):
        assert words in page


def test_who_may_not_extract_gets_no_file(people: People, town: Town, path: str) -> None:
    admin = people.admin()
    assert admin.get(path).status_code == 200  # inspects what was taken, and takes nothing
    assert "Tải gói dữ liệu" not in admin.get(path).content.decode()
    assert admin.post(f"{path}package/").status_code == 403
