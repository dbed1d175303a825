"""Packing: what is there is packed as it was recorded, what is not is said, and nothing half-made stays."""

import errno
import io
import resource
import signal
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import av
import pytest

from tests.evidence.footage import BEGIN_US, OTHER, RECORDER, Memory, Recorded, following, segment
from tests.evidence.packing import KEY_ID, description, package, wanted
from thienly.evidence.build import Built, NothingRecorded
from thienly.evidence.manifest import Gap
from thienly.evidence.source import NotYetClosed, Slice
from thienly.evidence.verify import Report, verify
from thienly.evidence_commands import history


def checked(built: Built) -> Report:
    report = verify(built.path, history=history, key_id=KEY_ID)
    assert report.faults == [] and report.trusted
    return report


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def at(seconds: float) -> int:
    return BEGIN_US + round(seconds * 1_000_000)


def stated(built: Built) -> list[tuple[float, float, str]]:
    """Gaps of the first camera, in seconds from its begin."""
    gaps = built.manifest.cameras[0].gaps
    return [((g.from_us - BEGIN_US) / 1e6, (g.until_us - BEGIN_US) / 1e6, g.reason) for g in gaps]


@pytest.mark.parametrize(
    "options",
    [{}, {"bframes": 2}, {"codec": "h265", "sound": False}],
    ids=["h264 and sound", "b-frames", "h265"],
)
def test_a_clip_plays_with_the_recorders_fragments_unchanged(
    tmp_path: Path, options: dict[str, object]
) -> None:
    recorded = following(3, **options)
    built = package(tmp_path / "p.zip", wanted(3, begin_us=at(0.9)), source=Memory(recorded))
    checked(built)
    (clip,) = built.manifest.cameras[0].clips
    assert abs(clip.start_us - at(0.8)) < 2000 and abs(clip.end_us - at(4.0)) < 2000
    with zipfile.ZipFile(built.path) as archive:
        assert archive.testzip() is None
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
        data = archive.read(clip.file)
    pieces = [one.data[p.offset : p.offset + p.size] for one in recorded for p in one.slice.pieces]
    assert sum(piece in data for piece in pieces) >= clip.fragments == 8
    with av.open(io.BytesIO(data)) as film:
        frames = list(film.decode(video=0))
        assert len(frames) == clip.frames == 80
        stream = film.streams.video[0]
        assert stream.time_base is not None and frames[-1].pts is not None
        assert abs(frames[-1].pts * stream.time_base - 3.16) < 0.01
    if options.get("sound", True):
        with av.open(io.BytesIO(data)) as film:
            assert sum(frame.samples for frame in film.decode(audio=0)) > 3 * 16_000


def test_a_hole_in_the_recording_ends_a_clip_and_is_stated_with_its_reason(tmp_path: Path) -> None:
    one, two = segment(1), segment(2, start_us=at(10))
    known = [Gap(from_us=at(2), until_us=at(7), reason="unreachable", words="mất kết nối")]
    built = package(tmp_path / "p.zip", wanted(12, gaps=known), source=Memory([one, two]))
    checked(built)
    assert [c.file[-10:-4] for c in built.manifest.cameras[0].clips] == ["150000", "150010"]
    assert stated(built) == [(2.0, 7.0, "unreachable"), (7.0, 10.0, "unknown")]


def test_a_fragment_that_vanishes_or_was_changed_on_its_disk_is_left_out_and_said(tmp_path: Path) -> None:
    long = segment(1, frames=150, gop=50)
    source = Memory([long], broken={(1, 1)})
    built = package(tmp_path / "vanished.zip", wanted(6), source=source)
    checked(built)
    assert stated(built) == [(2.0, 4.0, "unreadable")]
    damaged = bytearray(long.data)
    damaged[long.slice.pieces[1].offset + 5000] ^= 1
    built = package(
        tmp_path / "damaged.zip", wanted(6), source=Memory([Recorded(bytes(damaged), long.slice)])
    )
    checked(built)
    assert stated(built) == [(2.0, 4.0, "damaged")]


def test_even_a_short_fragment_that_is_left_out_ends_the_clip_and_is_stated(tmp_path: Path) -> None:
    built = package(tmp_path / "p.zip", source=Memory(following(2), broken={(1, 2)}))
    checked(built)
    assert [clip.fragments for clip in built.manifest.cameras[0].clips] == [2, 7]
    assert stated(built) == [(0.8, 1.2, "unreadable")]


def test_what_does_not_prove_itself_is_never_packed(tmp_path: Path) -> None:
    good, forged = segment(1), segment(2, start_us=at(2))
    forged = Recorded(forged.data, _signed_wrongly(forged.slice))
    built = package(tmp_path / "p.zip", source=Memory([good, forged]))
    checked(built)
    assert stated(built) == [(2.0, 4.0, "unproven")]
    key = good.slice.key.id
    with pytest.raises(NothingRecorded):
        package(tmp_path / "q.zip", source=Memory([good]), revoked={key: BEGIN_US})
    old = segment(1, until_us=BEGIN_US - 400_000_000)
    with pytest.raises(NothingRecorded):
        package(tmp_path / "q.zip", source=Memory([old]))
    assert left(tmp_path) == ["p.zip"]


def _signed_wrongly(part: Slice) -> Slice:
    return Slice(
        part.statement,
        RECORDER.sign(b"?"),
        part.key,
        part.leaves,
        part.init_bytes,
        part.pieces,
        part.tier,
        part.recorder,
    )


def test_a_recorder_that_is_silent_costs_its_camera_and_no_other(tmp_path: Path) -> None:
    source = Memory(following(2), silent={OTHER})
    built = package(tmp_path / "p.zip", wanted(), wanted(id=OTHER, code="CC-002"), source=source)
    checked(built)
    assert built.manifest.cameras[1].clips == []
    assert [gap.reason for gap in built.manifest.cameras[1].gaps] == ["unreadable"]


class _Open(Memory):
    def slices(self, camera: str, stream: str, from_us: int, until_us: int) -> Iterator[Slice]:
        yield self.segments[0].slice
        raise NotYetClosed("the segment is not closed yet")


def test_nothing_half_made_stays(tmp_path: Path) -> None:
    with pytest.raises(NotYetClosed):
        package(tmp_path / "p.zip", source=_Open(following(2)))

    def cancelled(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        package(tmp_path / "p.zip", progress=cancelled)
    with file_size_limit(150_000), pytest.raises(OSError) as full:
        package(tmp_path / "p.zip")
    assert full.value.errno == errno.EFBIG
    assert left(tmp_path) == []
    package(tmp_path / "p.zip")
    before = sha256((tmp_path / "p.zip").read_bytes()).digest()
    with pytest.raises(FileExistsError):
        package(tmp_path / "p.zip")
    assert sha256((tmp_path / "p.zip").read_bytes()).digest() == before
    assert (tmp_path / "p.zip").stat().st_mode & 0o777 == 0o600


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """As a disk that has so much room: the write that goes beyond fails in its middle."""
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.evidence.packing import package
package(Path(sys.argv[1]), progress=lambda done: os.kill(os.getpid(), signal.SIGKILL))
"""


def test_a_kill_leaves_no_package_and_the_next_attempt_makes_it(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "p.zip")], cwd=root, check=False)
    assert done.returncode == -signal.SIGKILL
    assert left(tmp_path) == [".p.zip.part"]
    checked(package(tmp_path / "p.zip"))
    assert left(tmp_path) == ["p.zip"]


@pytest.mark.req("QN-018")
def test_the_manifest_and_the_cover_sheet_say_whose_the_data_are(tmp_path: Path) -> None:
    built = package(tmp_path / "p.zip")
    assert built.manifest.ownership == "Dữ liệu là tài sản của Nhà nước (Điều 4 khoản 3)."
    with zipfile.ZipFile(built.path) as archive:
        assert built.manifest.ownership in archive.read("cover.html").decode()
        assert built.manifest.ownership in archive.read("manifest.json").decode()


def test_the_same_makes_the_same_bytes(tmp_path: Path) -> None:
    one, two = package(tmp_path / "1.zip"), package(tmp_path / "2.zip")
    assert one.path.read_bytes() == two.path.read_bytes()
    with zipfile.ZipFile(one.path) as archive:
        assert one.sha256 == two.sha256 == sha256(archive.read("manifest.json")).hexdigest()


def test_memory_does_not_grow_with_the_footage(tmp_path: Path) -> None:
    source = Memory(following(8, sound=False, width=1280, height=720, gop=25))
    tracemalloc.start()
    try:
        built = package(tmp_path / "p.zip", wanted(16), source=source)
        checked(built)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(built.manifest.cameras[0].clips) == 1
    assert built.size > 50_000_000 and peak < 30_000_000


def test_texts_of_people_cannot_become_script_or_names_of_files(tmp_path: Path) -> None:
    evil = '../../"><script>alert(1)</script>\0\x1b[31mĐường\u202e'
    built = package(tmp_path / "p.zip", wanted(code=evil, name=evil, site=evil, owner=evil))
    checked(built)
    with zipfile.ZipFile(built.path) as archive:
        names = archive.namelist()
        page = archive.read("cover.html").decode()
    assert "<script" not in page
    assert [name for name in names if name.startswith("clips/")] == [
        "clips/01-script-alert-1-script-31mDuong-20270115-150000.mp4"
    ]
    with pytest.raises(ValueError, match="before it begins"):
        description(wanted(until_us=BEGIN_US))
