"""`python -m thienly.steward`: the process alone, for the installation of `THIENLY_DATA`."""

import asyncio

from thienly.conf import Conf
from thienly.steward.main import run

asyncio.run(run(Conf.load()))
