"""A Python with an installation's Django that stays, for questions are asked of it every second."""

import json
import select
import subprocess
import sys

LOOP = """
import contextlib, io, json, os, sys, traceback
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # whatever else is printed is no answer
import django
django.setup()
from django.db import connections
for line in sys.stdin:
    said, wrong = io.StringIO(), ""
    try:
        with contextlib.redirect_stdout(said):
            exec(json.loads(line), {"__name__": "__main__"})
    except BaseException:
        wrong = traceback.format_exc()
    finally:
        connections.close_all()
    print(json.dumps([said.getvalue(), wrong]), file=answers, flush=True)
"""


class Interpreter:
    """Begins with the first question. `env`: that of the installation."""

    def __init__(self, env: dict[str, str]) -> None:
        self._env = env
        self._process: subprocess.Popen[str] | None = None

    def run(self, code: str, *, within_s: float = 60) -> str:
        """What the code prints; each has names of its own. AssertionError with its traceback."""
        process = self._process or subprocess.Popen(
            [sys.executable, "-c", LOOP],
            env=self._env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._process = process
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps(code) + "\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], within_s)
        line = process.stdout.readline() if ready else ""
        if not line:
            self.end()
        assert line, f"no answer within {within_s} s"
        said, wrong = json.loads(line)
        assert not wrong, wrong
        return str(said)

    def end(self) -> None:
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process = None
