"""`thienly profile …`: regulations as data."""

import argparse
import sys
from pathlib import Path

from thienly.conf import Conf


def parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    profile = commands.add_parser("profile", help="regulations as data").add_subparsers(required=True)
    lint = profile.add_parser("lint", help="check profiles: every error with its line and what to do")
    lint.add_argument("files", type=Path, nargs="+", metavar="FILE")
    lint.set_defaults(run=_lint)
    show = profile.add_parser("show", help="what a regulation says, each rule with its article")
    show.add_argument("name", help="QN, QN@2 (a version), or a file")
    show.set_defaults(run=_show)
    diff = profile.add_parser("diff", help="two versions compared in words; exit code 1 when they differ")
    diff.add_argument("before")
    diff.add_argument("after")
    diff.set_defaults(run=_diff)


def _lint(conf: Conf, arguments: argparse.Namespace) -> int:
    from thienly.core.regulation.commands import lint_files

    return lint_files(arguments.files, say=_say)


def _show(conf: Conf, arguments: argparse.Namespace) -> int:
    from thienly.core.regulation.commands import show
    from thienly.core.regulation.shelf import shelf

    return show(arguments.name, shelf=shelf(), say=_say)


def _diff(conf: Conf, arguments: argparse.Namespace) -> int:
    from thienly.core.regulation.commands import show_diff
    from thienly.core.regulation.shelf import shelf

    return show_diff(arguments.before, arguments.after, shelf=shelf(), say=_say)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
