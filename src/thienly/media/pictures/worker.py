"""The process that decodes and measures, and how it is held: one question at a time, ended when it hangs."""

import asyncio
import base64
import binascii
import contextlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from struct import Struct
from typing import Literal

import structlog
from pydantic import ValidationError

from thienly.rules.picture import Measures

log = structlog.get_logger(__name__)

Mode = Literal["colour", "mono"]

ANSWER_WITHIN_S = 20.0
"""Long: it runs behind everything else. A picture takes some hundredths of a second."""
REPLACED_AFTER = 20_000
"""Questions: whatever libav may lose of its memory is given back."""
COMMAND = (sys.executable, "-m", "thienly.analytics.child")
_LENGTH = Struct(">I")
_MOST = 1 << 20


class NotMeasured(Exception):
    """The text is technical and free of secrets."""


@dataclass(frozen=True, slots=True)
class Measured:
    """`look`: what is usual for the camera in this mode, if this picture is taken for usual."""

    measures: Measures
    mode: Mode
    look: bytes


class Worker:
    """Starts its process when it is first asked, and anew after each failure. `close` ends it."""

    def __init__(
        self, command: tuple[str, ...] = COMMAND, *, answer_within_s: float = ANSWER_WITHIN_S
    ) -> None:
        self._command = command
        self._within_s = answer_within_s
        self._process: asyncio.subprocess.Process | None = None
        self._asked = 0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def measure(self, camera: str, data: bytes, looks: Mapping[Mode, bytes]) -> Measured:
        """`data`: an fMP4 with one key frame. Raises NotMeasured."""
        question = {
            "camera": camera,
            "bytes": len(data),
            "looks": {mode: base64.b64encode(look).decode() for mode, look in looks.items()},
        }
        try:
            async with asyncio.timeout(self._within_s):
                answer = await self._ask(json.dumps(question).encode(), data)
        except TimeoutError:
            await self.close()
            raise NotMeasured("no answer in time") from None
        except (OSError, asyncio.IncompleteReadError) as error:
            await self.close()
            raise NotMeasured(f"the measuring process broke off: {type(error).__name__}") from error
        except ValueError as error:
            await self.close()
            raise NotMeasured("the answer makes no sense") from error
        except asyncio.CancelledError:
            await self.close()  # its answer would be taken for that to the next question
            raise
        try:
            if "problem" in answer:
                raise NotMeasured(str(answer["problem"])[:80])
            mode: Mode = "mono" if answer["mode"] == "mono" else "colour"
            look = base64.b64decode(str(answer["look"]))
            return Measured(Measures.model_validate(answer["measures"]), mode, look)
        except (KeyError, ValidationError, binascii.Error) as error:
            raise NotMeasured("the answer makes no sense") from error

    async def close(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()

    async def _ask(self, question: bytes, data: bytes) -> dict[str, object]:
        if self._process is None or self._asked >= REPLACED_AFTER:
            await self.close()
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={"LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"},
            )
            self._asked = 0
        self._asked += 1
        source, out = self._process.stdin, self._process.stdout
        assert source is not None and out is not None  # noqa: S101 - pipes
        source.write(_LENGTH.pack(len(question)) + question)
        source.write(data)
        await source.drain()
        (size,) = _LENGTH.unpack(await out.readexactly(_LENGTH.size))
        if size > _MOST:
            raise ValueError("an answer without end")
        answer = json.loads(await out.readexactly(size))
        if not isinstance(answer, dict):
            raise ValueError("an answer of another kind")
        return answer
