"""An installation with object stores, and questions about what lies in them."""

import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import obstore
from obstore.store import S3Store

from tests.media.recorder.rig import Rig, rig
from tests.seaweed import ACCESS_KEY, S3, SECRET
from thienly.conf import Conf
from thienly.media.index.writer import INDEX_FILE, open_reader
from thienly.media.recorder.main import Recorder

T = TypeVar("T")


def bucket() -> str:
    return f"b{uuid4().hex[:12]}"


def store_block(endpoint: str, name: str, in_bucket: str, **settings: object) -> str:
    values: dict[str, object] = {
        "name": name,
        "endpoint": endpoint,
        "bucket": in_bucket,
        "access_key": ACCESS_KEY,
        "location": "Trung tâm dữ liệu tỉnh, Hạ Long",
        "provider": "Sở Khoa học và Công nghệ",
    } | settings
    lines = (f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items())
    return "[[stores]]\n" + "\n".join(lines) + "\n"


def configure(conf: Conf, *blocks: str, recorder: str = "", secret: str = SECRET) -> Conf:
    """Writes thienly.toml with these blocks and the secrets of their stores."""
    text = f'profile = "demo"\nsegment_s = 2\n[[recorders]]\nname = "r1"\n{recorder}\n' + "\n".join(blocks)
    (conf.data / "thienly.toml").write_text(text)
    changed = Conf(conf.data, env={})
    for store in changed.file.stores:
        path = changed.store_secret(store.name)
        path.write_text(secret)
        path.chmod(0o600)
    return changed


@asynccontextmanager
async def installation(tmp_path: Path, *blocks: str, recorder: str = "", **more: str) -> AsyncIterator[Rig]:
    """A rig whose recorder has these stores; it does not run yet."""
    async with rig(tmp_path) as made:
        made.conf = configure(made.conf, *blocks, recorder=recorder, **more)
        yield made


def objects(s3: S3, in_bucket: str) -> dict[str, bytes]:
    """Everything in the bucket, asked without the product."""
    store = _store(s3, in_bucket)
    try:
        metas = [meta for batch in obstore.list(store) for meta in batch]
    except FileNotFoundError:
        return {}
    return {meta["path"]: bytes(obstore.get(store, meta["path"]).bytes()) for meta in metas}


def forget(s3: S3, in_bucket: str, name: str) -> None:
    """Somebody removes an object behind our back."""
    obstore.delete(_store(s3, in_bucket), name)


def bring_back(s3: S3, in_bucket: str, name: str, data: bytes) -> None:
    """The provider has a backup of his own."""
    obstore.put(_store(s3, in_bucket), name, data)


def _store(s3: S3, in_bucket: str) -> S3Store:
    return S3Store(
        in_bucket,
        endpoint=s3.endpoint,
        access_key_id=ACCESS_KEY,
        secret_access_key=SECRET,
        region="us-east-1",
        virtual_hosted_style_request=False,
        client_options={"allow_http": True},
    )


def ask(conf: Conf, question: Callable[[sqlite3.Connection], T]) -> T:
    with closing(open_reader(conf.recorder_dir("r1") / INDEX_FILE)) as db:
        return question(db)


def count(conf: Conf, state: str) -> int:
    sql = "select count(*) from copy where state = ?"
    return int(ask(conf, lambda db: db.execute(sql, (state,)).fetchone()[0]))


def on_disk(running: Recorder) -> dict[int, Path]:
    return {
        int(path.name[:10]): path
        for directory in running.store.directories.values()
        for path in directory.glob("*/*/*.mp4")
    }
