"""verify.html out of the package, opened from a folder in Chromium: it says what the command says, and
plays."""

import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.evidence.case import Case
from tests.evidence.packing import KEY_ID
from tests.evidence.tampering import cases, files_of
from thienly.evidence.verify import verify
from thienly.evidence_commands import history, told

pytestmark = pytest.mark.browser

REACHES_OUT = """() => new Promise((told) => {
  document.addEventListener("securitypolicyviolation", (event) => told(event.effectiveDirective));
  fetch("http://127.0.0.1:9/").catch(() => {});
})"""


@contextmanager
def opened(browser: Browser, folder: Path, page: bytes) -> Iterator[Page]:
    """From file://, with nothing that may reach the network."""
    path = folder / "verify.html"
    path.write_bytes(page)
    context = browser.new_context(locale="vi-VN", offline=True)
    shown = context.new_page()
    wrong: list[str] = []
    shown.on("pageerror", lambda error: wrong.append(str(error)))
    shown.goto(path.as_uri())
    try:
        yield shown
    finally:
        context.close()
    assert wrong == []


def reported(page: Page, path: Path, case: Case | None = None) -> dict[str, Any]:
    """What the page says of the package at `path`, as JSON."""
    moments = [[key, us // 1000] for key, us in case.revoked.items()] if case else []
    page.evaluate(
        """([key, revoked]) => {
            document.getElementById("key").value = key;
            document.getElementById("revoked").value = revoked.map(([id, ms]) => `${id} ${new
            Date(ms).toISOString()}`).join("\\n"); document.body.dataset.state = "";
        }""",
        [case.key_id if case else "", moments],
    )
    page.set_input_files("#zip", str(path))
    expect(page.locator("body[data-state=done]")).to_be_attached(timeout=60_000)
    said: dict[str, Any] = json.loads(page.text_content("#report") or "{}")
    return said


@pytest.mark.req("QN-028")
@pytest.mark.timeout(300)
def test_the_page_says_of_everything_that_was_done_what_the_command_says(
    browser: Browser, tmp_path: Path
) -> None:
    table = list(cases(tmp_path))
    path = tmp_path / "package.zip"
    with opened(browser, tmp_path, files_of(table[0].data)["verify.html"]) as page:
        for case in table:
            path.write_bytes(case.data)
            report = verify(path, history=history, key_id=case.key_id, revoked=case.revoked)
            command = told(report)
            assert reported(page, path, case) == json.loads(json.dumps(command)), case.name
            assert [(f.kind, f.file, f.from_us, f.until_us) for f in report.faults] == case.expected
            banner = page.locator("#outcome").text_content() or ""
            assert ("KHÔNG PHẢI BẢN GỐC" in banner) == bool(case.expected)


def test_the_clips_play_beside_what_is_found_and_show_the_time(browser: Browser, tmp_path: Path) -> None:
    good = next(cases(tmp_path))
    (tmp_path / "package.zip").write_bytes(good.data)
    with opened(browser, tmp_path, files_of(good.data)["verify.html"]) as page:
        said = reported(page, tmp_path / "package.zip")
        assert said["genuine"] and not said["trusted"]
        expect(page.locator("#outcome")).to_contain_text(KEY_ID)
        video = page.locator(".clip video")
        video.evaluate("(v) => v.readyState >= 2 || new Promise((done) => { v.onloadeddata = done; })")
        assert abs(video.evaluate("(v) => v.duration") - 4.0) < 0.1
        video.evaluate("(v) => new Promise((done) => { v.onseeked = done; v.currentTime = 2.5; })")
        expect(page.locator(".clip .now")).to_have_text("15/01/2027 15:00:02.500")
        with zipfile.ZipFile(tmp_path / "package.zip") as archive:
            archive.extractall(tmp_path / "unpacked")
        page.evaluate("document.body.dataset.state = ''")
        page.set_input_files("#folder", str(tmp_path / "unpacked"))
        expect(page.locator("body[data-state=done]")).to_be_attached(timeout=60_000)
        assert json.loads(page.text_content("#report") or "{}") == said
        assert page.evaluate(REACHES_OUT) == "connect-src"
        page.click("#language")
        expect(page.locator("#outcome")).to_contain_text("WHOLE")
