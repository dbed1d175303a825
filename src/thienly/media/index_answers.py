"""What a recorder is asked about its index: what is really there, what was signed, and everything once
more."""

from collections.abc import Callable
from pathlib import Path

from thienly.bus import subjects
from thienly.bus.questions import IndexAsk, OldestAsk, SealedAsk
from thienly.media import retelling
from thienly.media.archive import Archive
from thienly.media.oldest import read_oldest
from thienly.media.sealed import sealed


def index_answers(archive: Archive, recorder: str, key: Path) -> dict[str, Callable[[bytes], bytes]]:
    """By subject; each blocks, in a thread of the archive. `key`: the file of the recorder's private key."""

    def oldest(data: bytes) -> bytes:
        return read_oldest(archive, OldestAsk.decode(data)).encode()

    def told(data: bytes) -> bytes:
        return retelling.page(archive.reader(), IndexAsk.decode(data), recorder=recorder).encode()

    def signed(data: bytes) -> bytes:
        return sealed(archive, SealedAsk.decode(data), recorder=recorder, key=key).encode()

    return {
        subjects.archive_oldest(recorder): oldest,
        subjects.archive_index(recorder): told,
        subjects.archive_sealed(recorder): signed,
    }
