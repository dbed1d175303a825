"""`thienly areas …`: the State's list of provinces and communes, and their boundaries."""

import argparse
import sys
from datetime import date
from pathlib import Path

from thienly.conf import Conf


def parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    areas = commands.add_parser("areas", help="provinces and communes").add_subparsers(required=True)
    entered = areas.add_parser("import", help="enter a list (CSV), boundaries (GeoJSON), or what is shipped")
    entered.add_argument("file", type=Path, nargs="?", metavar="FILE", help="none: the list that is shipped")
    entered.add_argument("--source", default="", help="what the file is: number, date")
    entered.add_argument("--code", default="code", metavar="PROPERTY", help="of GeoJSON: that holds the code")
    entered.add_argument("--on", type=date.fromisoformat, default=None, help="of GeoJSON: valid on this day")
    entered.add_argument("--level", default="commune", choices=["province", "district", "commune"])
    entered.set_defaults(run=_import)


def _import(conf: Conf, arguments: argparse.Namespace) -> int:
    if not conf.initialised:
        sys.exit(
            f"Chưa có cài đặt nào trong {conf.data}. Hãy chạy `thienly init` trước.\n"
            f"There is no installation in {conf.data}. Run `thienly init` first."
        )
    import django

    django.setup()
    from thienly.core.areas.commands import enter

    return enter(
        arguments.file,
        say=_say,
        source=arguments.source,
        key=arguments.code,
        level=arguments.level,
        on=arguments.on,
    )


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
