"""Makes an installation: all of it, or nothing.

Everything is built in a directory inside the data directory and moved into place at the end, `thienly.toml`
last: its presence is what makes a directory an installation.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from thienly.conf import Conf
from thienly.core.setup.answers import Answers
from thienly.core.setup.keyring import create_keys
from thienly.core.setup.sentences import (
    BUSY,
    FAILED,
    IN_THE_WAY,
    INSTALLED_ALREADY,
    NOT_WRITABLE,
    Refusal,
    Sentence,
    WrongAnswers,
)
from thienly.core.setup.toml import as_toml

STAGING = ".installing"
OUTCOME = "outcome.json"  # what `populate` has to say, in the staged directory
LOCK = ".installing.lock"
MADE = ("keys", "ledger", "db.sqlite3", "thienly.toml")  # in the order in which they are moved
POPULATE_TIMEOUT_S = 300


def install(*, conf: Conf, answers: Answers) -> None:
    """Raises Refusal with sentences for the person at the keyboard; then nothing is left behind."""
    if conf.initialised:
        raise Refusal(INSTALLED_ALREADY.about(data=conf.data))
    _require_writable(conf.data)
    for recorder in answers.file_conf().recorders:
        for store in conf.stores(recorder).values():
            _require_writable(store)
    existed = conf.data.exists()
    try:
        conf.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(conf.data):
            _install(conf, answers)
    except OSError as error:
        raise Refusal(FAILED.about(reason=error)) from error
    finally:
        if not existed:
            with suppress(OSError):  # it stays when it holds an installation
                conf.data.rmdir()


def _install(conf: Conf, answers: Answers) -> None:
    if conf.initialised:
        raise Refusal(INSTALLED_ALREADY.about(data=conf.data))
    if taken := [name for name in MADE if (conf.data / name).exists()]:
        raise Refusal(IN_THE_WAY.about(data=conf.data, names=", ".join(taken)))
    staging = Conf(conf.data / STAGING)
    shutil.rmtree(staging.data, ignore_errors=True)  # of an installation that was killed
    staging.data.mkdir(mode=0o700)
    moved: list[Path] = []
    try:
        if (conf.data / "profiles").is_dir():  # regulations of its own; the installation is made under one
            shutil.copytree(conf.data / "profiles", staging.data / "profiles")
        create_keys(staging)
        toml = staging.data / "thienly.toml"
        toml.write_text(as_toml(answers.file_conf()), encoding="utf-8")
        toml.chmod(0o600)  # the address of the database may hold a password
        _populate(staging, answers)
        for name in MADE:
            if (staging.data / name).exists():
                (staging.data / name).rename(conf.data / name)
                moved.append(conf.data / name)
    except BaseException:
        for path in moved:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        raise
    finally:
        shutil.rmtree(staging.data, ignore_errors=True)


def _populate(staging: Conf, answers: Answers) -> None:
    """Runs `populate` on the staged directory. The password goes through a pipe, never the command line."""
    told = answers.model_dump(mode="json")
    told["administrator"]["password"] = answers.administrator.password.get_secret_value()
    environment = os.environ | {
        "THIENLY_DATA": str(staging.data),
        "DJANGO_SETTINGS_MODULE": "thienly.settings",
    }
    try:
        process = subprocess.run(
            [sys.executable, "-m", "thienly.core.setup.process"],
            input=json.dumps(told),
            capture_output=True,
            text=True,
            env=environment,
            timeout=POPULATE_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Refusal(FAILED.about(reason="time ran out")) from error
    outcome = staging.data / OUTCOME
    if not outcome.exists():
        raise Refusal(FAILED.about(reason=(process.stderr.strip().splitlines() or ["?"])[-1]))
    told_back = json.loads(outcome.read_text(encoding="utf-8"))
    if sentences := [Sentence(vi, en) for vi, en in told_back["sentences"]]:
        raise (WrongAnswers if told_back["answers_wrong"] else Refusal)(*sentences)


def _require_writable(path: Path) -> None:
    """Raises Refusal when `path` could not be made or written to."""
    nearest = next(step for step in (path, *path.parents) if step.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise Refusal(NOT_WRITABLE.about(path=path))


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    """Raises Refusal while another installation runs here."""
    lock = data / LOCK
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refusal(BUSY.about(data=data)) from error
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)
