"""From the form to a clip that proves itself in a browser that knows nothing of us, all parts real."""

import json
import re
import time
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import signed_in
from tests.browser.test_evidence_page import opened, reported
from tests.browser.test_posts import ids
from tests.stack import Stack, wait_until
from thienly.evidence.verify import verify
from thienly.evidence_commands import history, told

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

LONG = 8_000_000


def test_footage_is_asked_for_ordered_packed_taken_and_verified_elsewhere(
    stack: Stack, browser: Browser, tmp_path: Path
) -> None:
    recorded = (stack.data / "thienly.toml").stat().st_mtime + 60  # by then every camera records
    wait_until(lambda: time.time() > recorded + 15, within_s=90, what="there is footage", every_s=1)
    from_us = int(max(recorded, time.time() - 150)) * 1_000_000
    with signed_in(browser, stack.base, "cangca") as page:
        camera = ids(stack)["CC-001"]
        page.goto(f"/cameras/{camera}/extraction/?from_us={from_us}&to_us={from_us + LONG}")
        page.select_option("#purpose", "QN:security_order")
        page.fill("#why", "Xác minh vụ việc tại cầu cảng")
        page.fill("#basis", "45/CV-CAT")
        page.check("input[name=declared]")
        page.click("button[value=send]")
        page.wait_for_url(re.compile(r"/extraction/[0-9a-f]{32}/$"))
        take = page.locator("#package button.primary").first

        def made() -> bool:
            page.reload()
            return take.count() > 0

        wait_until(made, within_s=120, what="the package is made", every_s=2)
        with page.expect_download() as loading:
            take.click()
        path = tmp_path / "package.zip"
        loading.value.save_as(path)
        page.reload()
        expect(page.locator("#package")).to_contain_text("đã tải về")
    report = verify(path, history=history)
    assert report.genuine and report.rows >= 2 and report.manifest is not None
    assert [camera.gaps for camera in report.manifest.cameras] == [[]]
    with zipfile.ZipFile(path) as archive:
        verifier = archive.read("verify.html")
    with opened(browser, tmp_path, verifier) as alone:
        assert reported(alone, path) == json.loads(json.dumps(told(report)))
        expect(alone.locator("#outcome")).not_to_contain_text("KHÔNG PHẢI")
