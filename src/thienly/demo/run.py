"""`thienly demo`: the real installation with the profile `demo`, a made-up province and simulated cameras.

A second run finds what the first one made and starts in seconds.
"""

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path

from thienly.bus.server import free_port
from thienly.conf import Conf, FileConf
from thienly.conf_pictures import PicturesConf
from thienly.demo import province
from thienly.sim.cache import ClipCache
from thienly.sim.spec import CameraSpec, dump_specs
from thienly.start import migrate
from thienly.start import run as start
from thienly.supervisor import Child, thienly

Say = Callable[[str], None]


def run(conf: Conf, *, say: Say) -> int:
    """Prepares what is missing, then runs in the foreground; returns the exit code.

    `THIENLY_DEMO_PICTURE` (WIDTHxHEIGHT) changes the size of the simulated pictures.
    """
    if conf.initialised and not conf.demo:
        say(
            f"{conf.data} là cài đặt thật, không phải bản mẫu; đặt THIENLY_DATA sang thư mục khác.\n"
            f"{conf.data} is a real installation, not a demo; set THIENLY_DATA to another directory."
        )
        return 1
    specs = _specs()
    cache = ClipCache(conf.sim_cache)
    say("· simulated cameras")
    cache.prepare(specs, lambda done, of: say(f"  đang dựng cảnh {done}/{of} · rendering scenes"))
    port = _sim_port(conf.data / "demo.json")
    spec_file = conf.data / "sim" / "cameras.json"
    spec_file.parent.mkdir(parents=True, exist_ok=True)
    spec_file.write_text(dump_specs(specs), encoding="utf-8")
    _install(conf, say)
    accounts = _seed(conf, port, say)
    sim = thienly(
        "sim", "--port", str(port), "--spec", str(spec_file), "--cache", str(conf.sim_cache), "--control", "0"
    )
    return start(conf, say=say, extra=[Child("sim", sim)], welcome=accounts)


def _specs() -> list[CameraSpec]:
    picture = os.environ.get("THIENLY_DEMO_PICTURE", "")
    if not picture:
        return province.specs()
    width, _, height = picture.partition("x")
    return province.specs(width=int(width), height=int(height))


def _sim_port(file: Path) -> int:
    """The port of the last run while it is free, so that the cameras' addresses stay."""
    if file.exists():
        port = int(json.loads(file.read_text())["sim_port"])
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind(("127.0.0.1", port))
            except OSError:
                pass
            else:
                return port
    port = free_port()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"sim_port": port}))
    return port


def _install(conf: Conf, say: Say) -> None:
    from thienly.core.setup.keyring import create_keys
    from thienly.core.setup.toml import as_toml

    if conf.initialised:
        return
    say("· installation")
    conf.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    create_keys(conf)
    # Not a minute: the simulated cameras begin anew every 20 s, and would seem to stand still.
    file = FileConf(profile="demo", keep_days=1, pictures=PicturesConf(every_s=63))
    (conf.data / "thienly.toml").write_text(as_toml(file), encoding="utf-8")
    conf.__dict__.pop("file", None)  # it was read before there was one


def _seed(conf: Conf, port: int, say: Say) -> str:
    """The accounts, as a table for the welcome text."""
    say("· demo province")
    migrate()
    from thienly.demo.seed import seed_demo

    accounts = seed_demo(conf=conf, sim_host="127.0.0.1", sim_port=port)
    rows = "\n".join(
        f"    {one.username:<10} {one.full_name:<22} {one.title} — {one.sees}" for one in accounts
    )
    return f"\n  Mật khẩu chung · one password for all: {province.DEMO_PASSWORD}\n{rows}"
