"""The entry of the steward process."""

import os

import django

from thienly.conf import Conf


async def run(conf: Conf) -> None:
    """Until SIGTERM or SIGINT. Raises BusUnavailable when no bus answers within half a minute."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "thienly.settings")
    django.setup()
    from thienly.steward.process import serve  # noqa: PLC0415 - it imports models: only after the setup

    await serve(conf)
