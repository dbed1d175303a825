"""`thienly sim`: options, and the process that serves until it is told to stop."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from thienly.sim.certificate import self_signed
from thienly.sim.control import serve_control
from thienly.sim.server import SimServer
from thienly.sim.spec import SCENES, CameraSpec, bench_specs, load_specs

_SCENE_NAMES = {
    "mine_gate": "Cổng mỏ",
    "quay": "Cầu cảng",
    "one_stop": "Bộ phận một cửa",
    "street": "Đường phố",
    "night_yard": "Bãi đêm",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options, for a parser of one's own."""
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8554, help="0 takes a free port")
    parser.add_argument("--spec", type=Path, help="JSON or YAML list of cameras")
    parser.add_argument("--count", type=int, help="so many cameras /bench/0… that share five clips")
    parser.add_argument("--size", default="1280x720", help="of --count cameras, WIDTHxHEIGHT")
    parser.add_argument("--bitrate", type=int, default=1_500_000, help="of --count cameras, bit/s")
    parser.add_argument("--codec", choices=["h264", "h265"], default="h264", help="of --count cameras")
    parser.add_argument("--cache", type=Path, help="directory of rendered clips")
    parser.add_argument("--control", type=int, help="port on loopback for faults by HTTP; 0 takes a free one")
    parser.add_argument("--tls", action="store_true", help="rtsps, with a certificate that signs itself")
    parser.add_argument("--session-timeout", type=float, default=60.0, help="seconds without keep-alive")


def run(argv: Sequence[str] | None = None) -> int:
    """Parse, serve until SIGINT or SIGTERM, return the exit status."""
    parser = argparse.ArgumentParser(prog="thienly sim", description="simulated cameras")
    add_arguments(parser)
    return run_options(parser.parse_args(argv))


def run_options(options: argparse.Namespace) -> int:
    try:
        specs = _specs(options)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"thienly sim: {error}\n")
        return 2
    asyncio.run(_serve(options, specs))
    return 0


def _specs(options: argparse.Namespace) -> list[CameraSpec]:
    if options.spec:
        return load_specs(options.spec)
    width, _, height = options.size.partition("x")
    if options.count:
        return bench_specs(
            options.count,
            width=int(width),
            height=int(height),
            bitrate=options.bitrate,
            codec=options.codec,
        )
    return [CameraSpec(path=f"/{scene}", name=_SCENE_NAMES[scene], scene=scene) for scene in SCENES]


async def _serve(options: argparse.Namespace, specs: list[CameraSpec]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    tls, fingerprint = self_signed() if options.tls else (None, "")
    sim = SimServer(
        specs,
        cache=options.cache,
        host=options.host,
        port=options.port,
        session_timeout_s=options.session_timeout,
        tls=tls,
        progress=lambda done, of: _say(f"đang dựng cảnh {done}/{of}"),
    )
    async with sim:
        _say(f"{len(specs)} camera · rtsp{'s' if tls else ''}://{sim.host}:{sim.port}")
        if fingerprint:
            _say(f"certificate · {fingerprint}")
        control = await serve_control(sim, options.control) if options.control is not None else None
        if control:
            _say(f"control · http://127.0.0.1:{control.sockets[0].getsockname()[1]}")
        _say("ready")
        await stop.wait()
        if control:
            control.close()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
