"""Debian's Firefox for tests, spoken to in WebDriver BiDi (W3C), which it brings along itself."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

PREFERENCES = {
    "app.update.disabledForTesting": True,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "media.gmp-manager.updateEnabled": False,  # no codec from elsewhere
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.enabled": False,
}
START_S = 60


class Firefox:
    """One tab."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._sent = 0
        self._ask("session.new", capabilities={})
        self._tab: str = self._ask("browsingContext.getTree")["contexts"][0]["context"]

    def goto(self, url: str) -> None:
        self._ask("browsingContext.navigate", context=self._tab, url=url, wait="complete")

    def evaluate(self, expression: str) -> Any:
        """The value of JavaScript, awaited: string, number, boolean or null. AssertionError when it fails."""
        answer = self._ask(
            "script.evaluate", expression=expression, target={"context": self._tab}, awaitPromise=True
        )
        assert answer["type"] == "success", answer
        return answer["result"].get("value")

    def _ask(self, method: str, **params: Any) -> Any:
        self._sent += 1
        self._socket.send(json.dumps({"id": self._sent, "method": method, "params": params}))
        deadline = time.monotonic() + START_S
        while True:
            answer = json.loads(self._socket.recv(timeout=max(0.1, deadline - time.monotonic())))
            if answer.get("id") == self._sent:
                assert answer["type"] == "success", answer
                return answer["result"]


def executable() -> str:
    """Missing, the test is skipped; in CI that is a failure."""
    path = shutil.which("firefox-esr") or shutil.which("firefox")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("firefox-esr is not installed")
        pytest.skip("firefox-esr is not installed (apt-get install firefox-esr)")
    return path


@contextmanager
def firefox() -> Iterator[Firefox]:
    path = executable()
    with tempfile.TemporaryDirectory(prefix="thienly-firefox-") as directory:
        lines = (
            f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()
        )
        (Path(directory) / "user.js").write_text("\n".join(lines))
        log = Path(directory) / "log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [path, "--headless", "--no-remote", "--profile", directory, "--remote-debugging-port", "0"],
                stdout=out,
                stderr=out,
                env={**os.environ, "HOME": directory},
            )
        try:
            with connect(f"{_address(log)}/session", max_size=64 * 2**20, compression=None) as socket:
                yield Firefox(socket)
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _address(log: Path) -> str:
    deadline = time.monotonic() + START_S
    while True:
        found = re.search(r"WebDriver BiDi listening on (ws://\S+)", log.read_text(errors="replace"))
        if found:
            return found[1]
        assert time.monotonic() < deadline, log.read_text(errors="replace")[-2000:]
        time.sleep(0.1)
