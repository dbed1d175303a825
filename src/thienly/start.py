"""What `thienly up` does before and around the processes: bring the database up to date, say what runs."""

import asyncio
from collections.abc import Callable

from thienly.conf import Conf
from thienly.supervisor import Child
from thienly.up import PortTaken, up

Say = Callable[[str], None]


def migrate() -> None:
    """Brings the database's tables up to date; nothing happens when they are."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)


def run(conf: Conf, *, say: Say, extra: list[Child] | None = None, welcome: str = "") -> int:
    """Runs the installation in the foreground; returns the exit code."""
    migrate()

    def ready() -> None:
        say(
            f"\n  Thiên Lý: http://{conf.file.hosts[0]}:{conf.port}/\n{welcome}\n"
            "  Ctrl-C dừng tất cả · stops everything\n"
        )

    try:
        asyncio.run(up(conf, say=say, extra=extra or [], ready=ready))
    except PortTaken as taken:
        say(
            f"Cổng {taken} đang bị chương trình khác dùng; đặt THIENLY_PORT hoặc `port` trong thienly.toml.\n"
            f"Another program listens on {taken}; set THIENLY_PORT, or `port` in thienly.toml."
        )
        return 1
    return 0
