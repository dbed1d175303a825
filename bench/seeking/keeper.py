"""A recorder's archive alone, on the bus, over an index that was made up.

    python -m bench.seeking.keeper DATA NAME

Not a whole recorder: its start would compare the index with files that do not exist.
"""

import asyncio
import sys
from pathlib import Path

from bench.seeking.index import DISK
from thienly.bus.client import Bus
from thienly.bus.server import Login
from thienly.conf import Conf
from thienly.media.archive import Archive
from thienly.media.disks import Disks
from thienly.media.index.writer import INDEX_FILE, IndexWriter
from thienly.media.signing import load_or_create_key


async def main(data: Path, name: str) -> None:
    conf = Conf(data)
    path = conf.recorder_dir(name) / INDEX_FILE
    login = Login.read(conf.nats_login)
    bus = await Bus.connect(login.url, user=login.user, password=login.password, name=name)
    disks = Disks(
        {DISK: data / "footage" / name},
        recorder=name,
        key=load_or_create_key(data / "keys" / f"recorder-{name}.pem"),
        index=IndexWriter(path),
        first_id=1 << 40,
        facts=lambda: None,
    )
    await Archive(path, disks).serve(bus, name)
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
