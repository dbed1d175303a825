"""What was signed of a segment when it was closed, for whoever packs a part of it."""

from base64 import b64encode
from dataclasses import asdict
from pathlib import Path

from thienly.bus.questions import STILL_OPEN, Sealed, SealedAsk
from thienly.media.archive import Archive, RefusedError
from thienly.media.index import copies, segments, table
from thienly.media.keys import public_keys


def sealed(archive: Archive, ask: SealedAsk, *, recorder: str, key: Path) -> Sealed:
    """`key`: the file of the recorder's private key; the public ones of before lie beside it.

    Blocks. Raises RefusedError, sqlite3.Error, OSError.
    """
    db = archive.reader()
    row = segments.get(db, ask.segment)
    if row is None and archive.is_open(ask.segment):
        raise RefusedError(STILL_OPEN)
    if row is None or row.deleted_us is not None:
        raise RefusedError("no such segment")
    if row.end_us is None or row.signature is None:
        raise RefusedError(STILL_OPEN)
    init_sha256, rows = segments.fragments_of(db, row.id)
    try:
        known = public_keys(key)[row.key_id or ""]
    except (KeyError, ValueError) as error:
        raise RefusedError("its key is not known any more") from error
    stores = [copy.store for copy in copies.of_segment(db, row.id)]
    return Sealed(
        statement=asdict(segments.statement_of(row, recorder, rows)),
        signature=row.signature.hex(),
        key=known.id,
        public=known.key.public_bytes_raw().hex(),
        key_from_us=known.from_us,
        key_until_us=known.until_us,
        leaves=b64encode(b"".join(table.leaves(init_sha256, rows))).decode(),
        tier=row.disk if copies.is_here(db, row.id) else next(iter(stores), row.disk),
    )
