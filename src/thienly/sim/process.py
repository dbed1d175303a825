"""Simulated cameras in a process of their own, for tests and benchmarks that need their own event loop."""

import json
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from thienly.sim.faults import Fault
from thienly.sim.spec import CameraSpec, dump_specs


class SimProcess:
    """Blocking twin of `SimServer`:

    with SimProcess(specs, cache=path) as sim:
        sim.url("/gate")
        sim.set_fault("/gate", "stall", seconds=5)
    """

    def __init__(self, specs: Iterable[CameraSpec], *, cache: Path, patience_s: float = 90.0) -> None:
        self._specs = {spec.path: spec for spec in specs}
        self._cache, self._patience_s = cache, patience_s
        self._addresses: dict[str, str] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="thienly-sim-")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        folder = Path(self._folder.name)
        (folder / "cameras.json").write_text(dump_specs(list(self._specs.values())), encoding="utf-8")
        command = [sys.executable, "-m", "thienly.sim", "--port", "0", "--control", "0"]
        command += ["--spec", str(folder / "cameras.json"), "--cache", str(self._cache)]
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603 - our own module
        try:
            self._await_ready(folder / "log")
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._folder.cleanup()

    @property
    def pid(self) -> int:
        """Of the serving process; RuntimeError before it runs."""
        if self._process is None:
            raise RuntimeError("not started")
        return self._process.pid

    @property
    def port(self) -> int:
        return int(self._addresses["rtsp"].rpartition(":")[2])

    def url(self, path: str, *, credentials: bool = True) -> str:
        """The address of a camera; KeyError when there is none."""
        spec = self._specs[path]
        login = ""
        if credentials and spec.auth != "none":
            login = f"{quote(spec.username, safe='')}:{quote(spec.password, safe='')}@"
        return f"rtsp://{login}127.0.0.1:{self.port}{spec.path}"

    def set_fault(
        self, camera: str, fault: Fault, seconds: float | None = None, *, amount: float | None = None
    ) -> None:
        """See `SimServer.set_fault`. Raises KeyError when there is no such camera."""
        self._call("/fault", {"camera": camera, "fault": fault, "seconds": seconds, "amount": amount})

    def clear_fault(self, camera: str) -> None:
        self._call("/clear", {"camera": camera})

    def cameras(self) -> list[dict[str, Any]]:
        """As `GET /cameras` of `control` tells."""
        found: list[dict[str, Any]] = self._call("/cameras", None)
        return found

    def _call(self, path: str, order: dict[str, Any] | None) -> Any:
        data = None if order is None else json.dumps(order).encode()
        request = urllib.request.Request(self._addresses["http"] + path, data)  # noqa: S310 - loopback
        try:
            with urllib.request.urlopen(request, timeout=self._patience_s) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            reason = json.load(error)["error"]
            raise (KeyError if error.code == 404 else ValueError)(reason) from None

    def _await_ready(self, log: Path) -> None:
        """Raises TimeoutError, or RuntimeError with what the process said when it died."""
        give_up = time.monotonic() + self._patience_s
        while time.monotonic() < give_up:
            lines = log.read_text(encoding="utf-8").splitlines()
            if "ready" in lines:
                for line in lines:
                    address = line.rpartition(" · ")[2]
                    if "://" in address:
                        self._addresses[address.partition(":")[0]] = address
                return
            if self._process is None or self._process.poll() is not None:
                raise RuntimeError("\n".join(lines))
            time.sleep(0.05)
        raise TimeoutError("the simulated cameras did not start")
