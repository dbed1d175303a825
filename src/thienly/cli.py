"""The command `thienly`: one explicit list of what it can do. Heavy modules are imported by their command."""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from thienly import logs
from thienly.conf import Conf

Command = Callable[[Conf, argparse.Namespace], int]


def main(argv: list[str] | None = None) -> None:
    """Parses the command line and exits with the command's code."""
    words = sys.argv[1:] if argv is None else argv
    if words[:1] == ["sim"]:  # a program of its own, with options of its own
        sys.exit(_sim(words[1:]))
    arguments = _parser().parse_args(words)
    logs.configure()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "thienly.settings")
    conf = Conf.load()
    command: Command = arguments.run
    if command is _doctor:  # it says itself what is wrong with the configuration
        sys.exit(command(conf, arguments))
    try:
        _ = conf.file
    except (ValidationError, ValueError) as error:
        sys.exit(f"{conf.data / 'thienly.toml'}: {error}")
    if command in (_gateway, _steward, _recorder):
        logs.note_crashes()
    sys.exit(command(conf, arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="thienly", description="Thiên Lý — a province's public cameras")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, run: Command, help_text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help_text, description=help_text)
        sub.set_defaults(run=run)
        return sub

    init = add("init", _init, "make an empty installation (asks, or reads --file)")
    init.add_argument("--file", type=Path, help="answers as TOML; see docs/operation.md")
    add("up", _up, "run every process of the installation in the foreground")
    add("demo", _demo, "make the demo province if it is missing, then run it with its simulated cameras")
    gateway = add("gateway", _gateway, "run the gateway: pages, API, /stream")
    gateway.add_argument("--fd", type=int, help="a listening socket that was handed down; see `thienly up`")
    add("steward", _steward, "run the steward: facts to the database, desired state to the bus, clocks")
    recorder = add("recorder", _recorder, "run one recorder")
    recorder.add_argument("--name", required=True, help="its name in thienly.toml")
    recorder.add_argument(
        "--succeed", action="store_true", help="take over from the process that runs under this name"
    )
    restart = add("restart", _restart, "restart processes of a running installation without losing anything")
    restart.add_argument("name", nargs="*", help="e.g. r1, gateway, steward; none: all but the bus")
    add("sim", _sim_help, "serve simulated RTSP cameras; `thienly sim --help` lists its options")
    doctor = add("doctor", _doctor, "is this installation well? exit code 0 yes, 1 look at it, 2 no")
    doctor.add_argument("--json", action="store_true", help="one finding a line")
    fsck = add("fsck", _fsck, "compare a recorder's index with its files")
    fsck.add_argument("--name", required=True, help="the recorder's name")
    fsck.add_argument(
        "--deep", action="store_true", help="read every byte and check every hash and signature"
    )
    fsck.add_argument("--json", action="store_true")
    _ledger_parser(commands)
    requirements = add("requirements", _requirements, "how many requirement rows are proven, built, open")
    requirements.add_argument("--json", action="store_true")
    return parser


def _ledger_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    ledger = commands.add_parser("ledger", help="verify or dump the history").add_subparsers(required=True)
    verify = ledger.add_parser("verify", help="check the chain here, or a dump anywhere")
    verify.add_argument("--dump", type=Path, help="a dump instead of this installation's database")
    verify.add_argument("--public-key", type=Path, help="PEM of the key that signed the checkpoints")
    verify.add_argument("--json", action="store_true")
    verify.set_defaults(run=_ledger_verify)
    dump = ledger.add_parser("dump", help="write the whole history to a file that anybody can verify")
    dump.add_argument("file", type=Path)
    dump.set_defaults(run=_ledger_dump)


def say(text: str) -> None:
    print(text, flush=True)


# --- processes --------------------------------------------------------------------------------------------
def _needs_installation(conf: Conf) -> None:
    if not conf.initialised:
        sys.exit(
            f"Chưa có cài đặt nào trong {conf.data}. Hãy chạy `thienly init` trước.\n"
            f"There is no installation in {conf.data}. Run `thienly init` first."
        )


def _up(conf: Conf, arguments: argparse.Namespace) -> int:
    _needs_installation(conf)
    from thienly.start import run

    return run(conf, say=say)


def _demo(conf: Conf, arguments: argparse.Namespace) -> int:
    from thienly.demo.run import run

    return run(conf, say=say)


def _gateway(conf: Conf, arguments: argparse.Namespace) -> int:
    _needs_installation(conf)
    from thienly.gateway.server import serve

    serve(conf, fd=arguments.fd)
    return 0


def _steward(conf: Conf, arguments: argparse.Namespace) -> int:
    _needs_installation(conf)
    from thienly.steward.main import run

    asyncio.run(run(conf))
    return 0


def _recorder(conf: Conf, arguments: argparse.Namespace) -> int:
    _needs_installation(conf)
    from thienly.bus.client import BusRefused, BusUnavailable
    from thienly.media.recorder.main import run

    try:
        asyncio.run(run(conf, arguments.name, succeed=arguments.succeed))
    except (BusUnavailable, BusRefused) as error:
        sys.exit(f"nobody to succeed: {error}")
    return 0


def _restart(conf: Conf, arguments: argparse.Namespace) -> int:
    _needs_installation(conf)
    from thienly.restart import restart

    return restart(conf, arguments.name, say=say)


def _sim_help(conf: Conf, arguments: argparse.Namespace) -> int:
    return _sim(["--help"])


def _sim(words: list[str]) -> int:
    from thienly.sim.command import run

    return run(words)


# --- tools ------------------------------------------------------------------------------------------------
def _init(conf: Conf, arguments: argparse.Namespace) -> int:
    from thienly.core.setup.commands import init

    return init(conf, arguments.file, say=say)


def _doctor(conf: Conf, arguments: argparse.Namespace) -> int:
    from thienly.doctor.command import doctor

    return doctor(conf, as_json=arguments.json, say=say)


def _fsck(conf: Conf, arguments: argparse.Namespace) -> int:
    from thienly.media.fsck import main as fsck

    return fsck(conf, name=arguments.name, deep=arguments.deep, as_json=arguments.json, say=say)


def _django() -> None:
    import django

    django.setup()


def _ledger_verify(conf: Conf, arguments: argparse.Namespace) -> int:
    if arguments.dump is None:
        _needs_installation(conf)
    _django()
    from thienly.core.ledger.commands import verify

    return verify(dump=arguments.dump, public_key=arguments.public_key, as_json=arguments.json, say=say)


def _ledger_dump(conf: Conf, arguments: argparse.Namespace) -> int:
    _needs_installation(conf)
    _django()
    from thienly.core.ledger.commands import dump

    return dump(path=arguments.file, say=say)


def _requirements(conf: Conf, arguments: argparse.Namespace) -> int:
    from thienly.requirements import report

    return report(as_json=arguments.json, say=say)
