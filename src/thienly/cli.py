"""The command `thienly`: one explicit list of what it can do. Heavy modules are imported by their command."""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from thienly import (
    access_commands,
    area_commands,
    ledger_commands,
    logs,
    member_commands,
    profile_commands,
    verify_commands,
)
from thienly.conf import Conf
from thienly.conformance.arguments import add_arguments as conformance_arguments

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
        _ = conf.file, conf.nats_url
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
    add("transcoder", _transcoder, "run the transcoder: H.264 and AAC for browsers that need them")
    recorder.add_argument(
        "--succeed", action="store_true", help="take over from the process that runs under this name"
    )
    restart = add("restart", _restart, "restart processes of a running installation without losing anything")
    restart.add_argument("name", nargs="*", help="e.g. r1, gateway, steward; none: all but the bus")
    add("sim", _sim_help, "serve simulated RTSP cameras; `thienly sim --help` lists its options")
    restore = add("restore", _restore, "bring recordings back from their stores to the recorders' disks")
    restore.add_argument("camera", help="its code")
    restore.add_argument("from_", metavar="FROM", help="for example 2026-11-17T14:00")
    restore.add_argument("until", metavar="TO")
    restore.add_argument("--to", type=Path, metavar="DIR", help="instead: copies of the files into DIR")
    trial = add("restore-test", _restore_test, "try whether a recording comes back whole from a store")
    trial.add_argument("store", help="its name in thienly.toml")
    trial.add_argument("--recorder", default="", help="only this one")
    doctor = add("doctor", _doctor, "is this installation well? exit code 0 yes, 1 look at it, 2 no")
    doctor.add_argument("--json", action="store_true", help="one finding a line")
    conformance = add("conformance", _conformance, "does a camera fit this system? a report; exit 0 yes")
    conformance_arguments(conformance)
    fsck = add("fsck", _fsck, "compare a recorder's index with its files")
    fsck.add_argument("--name", required=True, help="the recorder's name")
    fsck.add_argument(
        "--deep", action="store_true", help="read every byte and check every hash and signature"
    )
    fsck.add_argument("--json", action="store_true")
    fsck.add_argument(
        "--from-store", default="", help="instead: enter what this store holds, after the index was lost"
    )
    fsck.add_argument("--repair", action="store_true", help="say what would be done about each finding")
    fsck.add_argument("--apply", action="store_true", help="do it; the recorder must not run")
    verify_commands.parser(commands)
    _keys_parser(commands)
    ledger_commands.parser(commands)
    _coverage_parser(commands)
    profile_commands.parser(commands)
    access_commands.parser(commands)
    member_commands.parser(commands)
    area_commands.parser(commands)
    requirements = add("requirements", _requirements, "how many requirement rows are proven, built, open")
    requirements.add_argument("--json", action="store_true")
    return parser


def _keys_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    keys = commands.add_parser("keys", help="the keys with which recorders sign").add_subparsers(
        required=True
    )
    rotate = keys.add_parser("rotate", help="sign with a new key from now on")
    rotate.add_argument("--recorder", required=True)
    rotate.set_defaults(run=_keys_rotate)
    organisation = keys.add_parser("organisation", help="the id of the key that signs packages, to publish")
    organisation.set_defaults(run=_keys_organisation)
    export = keys.add_parser("export", help="every public key of a recorder, for `thienly verify` elsewhere")
    export.add_argument("--recorder", required=True)
    export.set_defaults(run=_keys_export)


def _coverage_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    coverage = commands.add_parser("coverage", help="read coverage again").add_subparsers(required=True)
    help_text = "read coverage and gaps again from the recorders, after an older database was restored"
    reread = coverage.add_parser("reread", help=help_text, description=help_text)
    reread.add_argument("--days", type=int, default=60, help="how far back")
    reread.add_argument("--from", dest="first", type=date.fromisoformat, help="since this day (2026-11-17)")
    reread.add_argument("--recorder", default="", help="only this one")
    reread.set_defaults(run=_coverage_reread)


def say(text: str) -> None:
    print(text, flush=True)


# --- processes --------------------------------------------------------------------------------------------
def _needs_installation(conf: Conf) -> None:
    if not conf.initialised:
        sys.exit(
            f"Chưa có cài đặt nào trong {conf.data}. Hãy chạy `thienly init` trước.\n"
            f"There is no installation in {conf.data}. Run `thienly init` first."
        )


def _keeps_what_is_promised(conf: Conf) -> None:
    """Nothing starts by a configuration that keeps footage for less than a regulation prescribes."""
    _django()
    from django.utils import timezone

    from thienly.core.recording.keeping import refusal
    from thienly.core.regulation import shelf

    if words := shelf.refusal(conf) or refusal(conf, today=timezone.localdate()):
        sys.exit(words)


def _up(conf: Conf, arguments: argparse.Namespace) -> int:
    _needs_installation(conf)
    _keeps_what_is_promised(conf)
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
    _keeps_what_is_promised(conf)
    from thienly.steward.main import run

    asyncio.run(run(conf))
    return 0


def _recorder(conf: Conf, arguments: argparse.Namespace) -> int:
    _needs_installation(conf)
    from thienly.bus.client import BusRefused, BusUnavailable
    from thienly.media.recorder.process import run

    try:
        asyncio.run(run(conf, arguments.name, succeed=arguments.succeed))
    except (BusUnavailable, BusRefused) as error:
        sys.exit(f"nobody to succeed: {error}")
    return 0


def _transcoder(conf: Conf, arguments: argparse.Namespace) -> int:
    _needs_installation(conf)
    from thienly.media.transcode.main import run

    asyncio.run(run(conf))
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


def _conformance(conf: Conf, arguments: argparse.Namespace) -> int:
    from thienly.conformance.command import run

    return run(conf, arguments, say=say)


def _fsck(conf: Conf, arguments: argparse.Namespace) -> int:
    if arguments.from_store:
        from thienly.media.remote.recovery import main as recover

        return recover(
            conf,
            name=arguments.name,
            store=arguments.from_store,
            deep=arguments.deep,
            apply=arguments.apply,
            say=say,
        )
    from thienly.media.fsck import main as fsck

    return fsck(
        conf,
        name=arguments.name,
        deep=arguments.deep,
        as_json=arguments.json,
        say=say,
        repair=arguments.repair or arguments.apply,
        apply=arguments.apply,
    )


def _keys_rotate(conf: Conf, arguments: argparse.Namespace) -> int:
    _needs_installation(conf)
    _django()
    from thienly.core.recording.keys import rotated
    from thienly.media.keys import rotate

    try:
        path = conf.recorder_key(conf.recorder(arguments.recorder).name)
        before, after = rotated(
            recorder=arguments.recorder, rotate=lambda now_us: rotate(path, now_us=now_us)
        )
    except KeyError:
        sys.exit(f"thienly.toml: no recorder {arguments.recorder}")
    except (OSError, ValueError) as error:
        sys.exit(f"the key was not replaced: {error}")
    say(f"{arguments.recorder}: {before} → {after}")
    return 0


def _keys_organisation(conf: Conf, arguments: argparse.Namespace) -> int:
    from thienly.core.ledger.keys import key_id, signing_key

    try:
        say(key_id(signing_key(conf.ledger_key).public_key()))
    except (OSError, ValueError) as error:
        sys.exit(f"the key cannot be read: {error}")
    return 0


def _keys_export(conf: Conf, arguments: argparse.Namespace) -> int:
    from thienly.media.keys import as_pem, public_keys

    try:
        keys = public_keys(conf.recorder_key(conf.recorder(arguments.recorder).name))
    except KeyError:
        sys.exit(f"thienly.toml: no recorder {arguments.recorder}")
    except (OSError, ValueError) as error:
        sys.exit(f"the keys cannot be read: {error}")
    if not keys:
        sys.exit(f"{arguments.recorder} has no key yet")
    sys.stdout.write(as_pem(keys))
    return 0


def _restore(conf: Conf, arguments: argparse.Namespace) -> int:
    _needs_installation(conf)
    _django()
    from thienly.core.storage.commands import copy_out, restore

    times = {"camera": arguments.camera, "from_": arguments.from_, "until": arguments.until}
    if arguments.to is None:
        return restore(**times, say=say)
    code, files = copy_out(**times, to=arguments.to, say=say)
    if not files:
        return code
    from thienly.media.verify import main as verify

    proven = verify(conf, paths=files, camera="", since="", until="", public_key=None, as_json=False, say=say)
    return max(code, proven)


def _restore_test(conf: Conf, arguments: argparse.Namespace) -> int:
    _needs_installation(conf)
    _django()
    from thienly.core.storage.commands import restore_test

    return restore_test(store=arguments.store, recorder=arguments.recorder, say=say)


def _django() -> None:
    import django

    django.setup()


def _coverage_reread(conf: Conf, arguments: argparse.Namespace) -> int:
    _needs_installation(conf)
    _django()
    from thienly.core.recording.commands import reread_coverage

    return reread_coverage(days=arguments.days, first=arguments.first, recorder=arguments.recorder, say=say)


def _requirements(conf: Conf, arguments: argparse.Namespace) -> int:
    from thienly.requirements import report

    return report(as_json=arguments.json, say=say)
