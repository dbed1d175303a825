"""What the steward asks a recorder about its index: what is really there, and everything once more."""

from collections.abc import Callable

from thienly.bus import subjects
from thienly.bus.questions import IndexAsk, OldestAsk
from thienly.media import retelling
from thienly.media.archive import Archive
from thienly.media.oldest import read_oldest


def index_answers(archive: Archive, recorder: str) -> dict[str, Callable[[bytes], bytes]]:
    """By subject; each blocks, in a thread of the archive."""

    def oldest(data: bytes) -> bytes:
        return read_oldest(archive, OldestAsk.decode(data)).encode()

    def told(data: bytes) -> bytes:
        return retelling.page(archive.reader(), IndexAsk.decode(data), recorder=recorder).encode()

    return {subjects.archive_oldest(recorder): oldest, subjects.archive_index(recorder): told}
