"""`thienly access …`: who may do what, for inspectors."""

import argparse
import sys

from thienly.conf import Conf


def parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    access = commands.add_parser("access", help="who may do what").add_subparsers(required=True)
    help_text = "compare seats and rights with what the ledger tells; exit code 1 when they differ"
    replay = access.add_parser("replay", help=help_text, description=help_text)
    replay.add_argument("--json", action="store_true")
    replay.set_defaults(run=_replay)


def _replay(conf: Conf, arguments: argparse.Namespace) -> int:
    if not conf.initialised:
        sys.stdout.write(f"Chưa có cài đặt nào trong {conf.data}. / No installation in {conf.data}.\n")
        return 2
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "thienly.settings")
    django.setup()
    from thienly.core.access.commands import replay_and_compare

    return replay_and_compare(say=_say, as_json=arguments.json)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
