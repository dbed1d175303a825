"""`thienly ledger …`: whether the history is what was written, and copies of it for others."""

import argparse
import sys
from pathlib import Path

from thienly.conf import Conf


def parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    ledger = commands.add_parser("ledger", help="verify or dump the history").add_subparsers(required=True)
    verify = ledger.add_parser("verify", help="check the chain here, or a dump anywhere")
    verify.add_argument("file", type=Path, nargs="?", help="an export or a dump instead of this database")
    verify.add_argument("--dump", type=Path, help="the same as FILE")
    verify.add_argument("--public-key", type=Path, help="PEM of the key that signed the checkpoints")
    verify.add_argument("--json", action="store_true")
    verify.add_argument(
        "--processes", type=int, default=2, metavar="N", help="that share a long history (default 2)"
    )
    verify.add_argument(
        "--checkpoints", type=Path, action="append", default=[], help="that a witness kept; may be repeated"
    )
    verify.set_defaults(run=_verify)
    dump = ledger.add_parser("dump", help="write the whole history to a file that anybody can verify")
    dump.add_argument("file", type=Path)
    dump.set_defaults(run=_dump)
    witness = ledger.add_parser("witness", help="fetch the checkpoints that an S3 witness holds")
    witness.add_argument("name")
    witness.add_argument("file", type=Path)
    witness.set_defaults(run=_witness)


def _verify(conf: Conf, arguments: argparse.Namespace) -> int:
    file = arguments.file or arguments.dump
    if file is None:
        _needs_installation(conf)
    _django()
    from thienly.core.ledger.commands import verify

    return verify(
        dump=file,
        public_key=arguments.public_key,
        as_json=arguments.json,
        processes=arguments.processes,
        checkpoints=arguments.checkpoints,
        say=_say,
    )


def _dump(conf: Conf, arguments: argparse.Namespace) -> int:
    _needs_installation(conf)
    _django()
    from thienly.core.ledger.commands import dump

    return dump(path=arguments.file, say=_say)


def _witness(conf: Conf, arguments: argparse.Namespace) -> int:
    _needs_installation(conf)
    _django()
    from thienly.core.ledger.commands import witness

    return witness(conf, arguments.name, path=arguments.file, say=_say)


def _needs_installation(conf: Conf) -> None:
    if not conf.initialised:
        sys.exit(
            f"Chưa có cài đặt nào trong {conf.data}. Hãy chạy `thienly init` trước.\n"
            f"There is no installation in {conf.data}. Run `thienly init` first."
        )


def _django() -> None:
    import django

    django.setup()


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
