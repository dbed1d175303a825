"""Every test runs on its own installation: a temporary data directory, SQLite or PostgreSQL.

`THIENLY_TEST_DB=postgres` runs the same tests on a PostgreSQL server that is started for them.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import pytest

from tests.nats import nats_server
from thienly.bus.server import Login
from thienly.bus.vault import Vault
from thienly.core.ledger.keys import new_signing_key

_data = tempfile.TemporaryDirectory(prefix="thienly-test-")
atexit.register(_data.cleanup)
os.environ["THIENLY_DATA"] = _data.name
os.environ.pop("THIENLY_PORT", None)
# Playwright's loop runs in the thread of the tests.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

keys = Path(_data.name, "keys")
keys.mkdir()
(keys / "vault.key").write_bytes(Vault.new_key())
(keys / "ledger.pem").write_bytes(new_signing_key())
Path(_data.name, "thienly.toml").write_text('profile = "demo"\n')

if os.environ.get("THIENLY_TEST_DB") == "postgres":
    from tests.postgres import start

    os.environ["THIENLY_DATABASE_URL"] = start(Path(_data.name, "postgres"))
else:
    os.environ.pop("THIENLY_DATABASE_URL", None)

pytest_plugins = ["tests.proof"]

# Only now: settings read the environment when they are imported.
os.environ["DJANGO_SETTINGS_MODULE"] = "thienly.settings"
django.setup()

from tests import emptying, guard, hashing  # noqa: E402 - models are importable only now
from tests.guard import pytest_runtest_call  # noqa: E402, F401 - the hook by which the guard fails a test
from thienly.core.regulation import in_force  # noqa: E402

guard.install()
emptying.install()
hashing.install()


@pytest.fixture(autouse=True)
def no_checkpoints_of_other_tests() -> Iterator[None]:
    """The checkpoints' file outlives a test's transaction, and would accuse the next test's history."""
    yield
    shutil.rmtree(Path(_data.name, "ledger"), ignore_errors=True)


@pytest.fixture(scope="session")
def nats() -> Iterator[Login]:
    """The bus of the tests' installation: gateways look for its login in the data directory."""
    with nats_server(Path(_data.name, "nats")) as login:
        yield login


@pytest.fixture(autouse=True)
def no_regulations_of_other_tests() -> Iterator[None]:
    """What a process knows of the versions in force outlives a test's transaction."""
    in_force.forget()
    yield
    in_force.forget()
