"""Every page as a picture: `python -m tests.browser.look DIRECTORY [page …]`, both themes, both sizes.

Starts its own installation with the demo province and no recorder; states and recordings are set by hand,
so that good and bad days can be looked at. With LOOK_WHOLE set a picture shows the page to its end,
with LOOK_ENGLISH its English words.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import django
from playwright.sync_api import Page, sync_playwright
from scripts import messages

from tests.browser.chromium import ARGUMENTS
from thienly.bus.server import free_port
from thienly.bus.vault import Vault
from thienly.demo.province import DEMO_PASSWORD

SIZES = {"wide": (1440, 900), "phone": (390, 844)}
THEMES = ("light", "dark")
CONFIGURATION = """
profile = "demo"
[[stores]]
name = "du-phong"
kind = "directory"
directory = "du-phong"
[[backups]]
store = "du-phong"
cameras = ["CC-*"]
classes = ["sector:one_stop"]
units = ["Sở Không Có"]
"""


def main() -> None:
    out, wanted = Path(sys.argv[1]), set(sys.argv[2:])
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="thienly-look-") as directory:
        data = Path(directory)
        (data / "keys").mkdir()
        (data / "keys" / "vault.key").write_bytes(Vault.new_key())
        (data / "keys" / "django.secret").write_text("only for looking")
        (data / "thienly.toml").write_text(CONFIGURATION)
        os.environ |= {"THIENLY_DATA": str(data), "DJANGO_SETTINGS_MODULE": "thienly.settings"}
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], check=True)
        messages.compile_catalogue()
        django.setup()
        from tests.browser import scene  # models are importable only now

        pages = scene.build()
        port = free_port()
        server = subprocess.Popen(
            [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL if not os.environ.get("LOOK_LOUD") else None,
        )
        try:
            _wait(f"http://127.0.0.1:{port}/signin/")
            _shoot(f"http://127.0.0.1:{port}", pages, wanted, out)
        finally:
            server.terminate()
            server.wait(10)


def _wait(url: str) -> None:
    for _ in range(100):
        try:
            with urlopen(url, timeout=5):
                return
        except (URLError, ConnectionError):
            time.sleep(0.2)
    raise SystemExit("the server does not answer")


def _shoot(base: str, pages: list[tuple[str, str, str]], wanted: set[str], out: Path) -> None:
    """`pages`: name, user name ("" is nobody), path."""
    chosen = [page for page in pages if not wanted or page[0] in wanted]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        for user in sorted({page[1] for page in chosen}):
            signed = browser.new_context(locale="vi-VN")
            if user:
                _sign_in(signed.new_page(), base, user)
            state = signed.storage_state()
            signed.close()
            for size, (width, height) in SIZES.items():
                for theme in THEMES:
                    context = browser.new_context(
                        viewport={"width": width, "height": height},
                        color_scheme=theme,  # type: ignore[arg-type]
                        storage_state=state,
                        locale="vi-VN",
                    )
                    tab = context.new_page()
                    tab.on("console", lambda m: print("console:", m.text) if m.type == "error" else None)
                    tab.on("pageerror", lambda e: print("error:", e))
                    for name, _user, path in (page for page in chosen if page[1] == user):
                        tab.goto(base + path)
                        if "/signin/again/" in tab.url:
                            tab.fill("#id_password", DEMO_PASSWORD)
                            tab.click("form button.primary")
                        tab.wait_for_timeout(700)
                        if name.endswith("-shut"):
                            tab.evaluate("document.getElementById('lock').showModal()")
                        wide = tab.evaluate("document.documentElement.scrollWidth > innerWidth")
                        print(f"{name}-{size}-{theme}", "SCROLLS SIDEWAYS" if wide else "")
                        whole = bool(os.environ.get("LOOK_WHOLE"))
                        tab.screenshot(path=out / f"{name}-{size}-{theme}.png", full_page=whole)
                    context.close()
        browser.close()


def _sign_in(tab: Page, base: str, user: str) -> None:
    tab.goto(f"{base}/signin/")
    tab.fill("#login", user)
    tab.fill("#password", DEMO_PASSWORD)
    tab.click("form button.primary")
    tab.wait_for_url(lambda url: "/signin/" not in url)
    if os.environ.get("LOOK_ENGLISH"):
        tab.locator("[name=language][value=en]").first.click()
        tab.wait_for_selector("html[lang=en]")


if __name__ == "__main__":
    main()
