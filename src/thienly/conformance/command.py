"""`thienly conformance URL`: one camera, tested from outside; a report; exit code 0 passed, 1 failed."""

import argparse
import asyncio
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from thienly.conf import Conf
from thienly.conformance import checks
from thienly.conformance.arguments import PASSWORD
from thienly.conformance.checks import Need
from thienly.conformance.dialogue import describes_to_strangers, keeps_alive
from thienly.conformance.report import Report
from thienly.conformance.watching import watch
from thienly.media.sources.origin import Origin
from thienly.media.trust import Trust
from thienly.rules.address import BadAddressError, parse

AGAIN_S = 1.0
SUB_S = 3.0


def run(conf: Conf, arguments: argparse.Namespace, *, say: Callable[[str], None]) -> int:
    """Exit codes: 0 passed, 1 failed, 2 there was nothing to test."""
    try:
        password = _password(arguments)
        address = parse(arguments.url)
    except (OSError, BadAddressError) as error:
        say(f"thienly conformance: {error}")
        return 2
    if address.scheme not in ("rtsp", "rtsps"):
        say("thienly conformance: chỉ kiểm tra rtsp:// và rtsps:// · only rtsp:// and rtsps:// are tested")
        return 2
    origin = Origin(
        arguments.url,
        arguments.user or address.username,
        password or address.password,
        allow_local=arguments.local or conf.demo,
        transport=arguments.transport,
        trust=Trust(arguments.fingerprint.replace(":", "").lower(), conf.camera_ca),
    )
    need = Need(conf.file.quality)
    seconds = min(max(arguments.seconds, 3.0), 600.0)
    report = asyncio.run(examine(origin, url=address.url, sub=arguments.sub, seconds=seconds, need=need))
    say(report.as_json() if arguments.json else report.as_text())
    return 0 if report.passed else 1


async def examine(origin: Origin, *, url: str, sub: str, seconds: float, need: Need) -> Report:
    """`url`: as it may be shown. One connection after the other: cheap cameras serve few at once."""
    at = datetime.now(UTC).astimezone().isoformat(timespec="seconds")
    stranger = await describes_to_strangers(origin)
    watched = await watch(origin, seconds=seconds)
    if (nothing := checks.no_stream(watched)) is not None:
        return Report(url, at, 0.0, [nothing])
    alive = await keeps_alive(origin)
    anew = await watch(origin, seconds=AGAIN_S)
    second = await watch(replace(origin, url=sub), seconds=SUB_S) if sub else None
    found = [
        checks.live(watched),
        checks.password(stranger),
        checks.codecs(watched),
        checks.key_frames(watched),
        checks.frame_rate(watched, need),
        checks.loss(watched, need),
        checks.jitter(watched, need),
        checks.time_sync(watched, need),
        checks.keep_alive(alive),
        checks.recording(watched),
        checks.playback(watched),
        checks.again(anew),
        checks.second(watched, second),
        *checks.not_here(),
    ]
    return Report(url, at, watched.span_s, found)


def _password(arguments: argparse.Namespace) -> str:
    """Never an argument: those are seen by every user of the machine. Raises OSError."""
    if arguments.password_file is not None:
        lines = arguments.password_file.read_text(encoding="utf-8").splitlines()
        return lines[0] if lines else ""
    return os.environ.get(PASSWORD, "")
