"""The corpus of the fuzz tests: what cameras send and what recorders write, small and whole.

    python -m tests.media.fuzz.corpus

makes it anew in `tests/media/corpus`. What once broke something is put there by hand beside it, under the
same kind: the tests take every file. `.rtp` and `.sets` hold packets or NAL units, each behind its length (16
bits); `.mp4` are segment files.
"""

from pathlib import Path

from tests.media.camera.clip import Clip, Codec, Sound, clip, sounds
from tests.media.camera.fragmenting import mux
from tests.media.camera.packets import Packetiser

CORPUS = Path(__file__).parent.parent / "corpus"


def read(kind: str) -> list[list[bytes]]:
    """Every file of a kind, e.g. `h265.rtp`, as its pieces."""
    found = [_pieces(path.read_bytes()) for path in sorted(CORPUS.glob(f"*{kind}"))]
    assert found, f"no corpus of {kind}"
    return found


def segments() -> list[bytes]:
    """Every segment file."""
    found = [path.read_bytes() for path in sorted(CORPUS.glob("*.mp4"))]
    assert found
    return found


def _pieces(data: bytes) -> list[bytes]:
    pieces = []
    while data:
        size = int.from_bytes(data[:2], "big")
        pieces.append(data[2 : 2 + size])
        data = data[2 + size :]
    return pieces


def _write(name: str, pieces: list[bytes]) -> None:
    (CORPUS / name).write_bytes(b"".join(len(piece).to_bytes(2, "big") + piece for piece in pieces))


def _video(source: Clip, *, aggregate: bool) -> list[bytes]:
    packetiser = Packetiser(mtu=200)
    pictures = zip(source.pictures, source.shown, strict=True)
    return [
        packet
        for picture, shown in pictures
        for packet in packetiser.picture(picture, shown * 3600, aggregate)
    ]


def main() -> None:
    CORPUS.mkdir(exist_ok=True)
    codecs: list[Codec] = ["h264", "h265"]
    heard: list[Sound] = ["aac", "pcma", "opus"]
    for codec in codecs:
        for bframes in (0, 2):
            source = clip(codec=codec, width=64, height=48, frames=6, gop=3, bframes=bframes, profile="main")
            _write(f"b{bframes}.{codec}.rtp", _video(source, aggregate=bool(bframes)))
        sets = [source.vps, source.sps, source.pps]
        for size in ((1920, 1080), (704, 576)):
            other = clip(codec=codec, width=size[0], height=size[1], frames=1)
            sets += [other.vps, other.sps, other.pps]
        _write(f"{codec}.sets", [nal for nal in sets if nal])
        for sound in heard:
            small = clip(codec=codec, width=64, height=48, frames=6, gop=3, bframes=2, profile="main")
            (CORPUS / f"{codec}-{sound}.mp4").write_bytes(bytes(mux(small, sound).files[0]))
    packetiser = Packetiser(97)
    units = list(sounds("aac", 0.5))
    _write("aac.rtp", [packetiser.sounds(units[at : at + 2], at * 1024) for at in range(0, len(units), 2)])
    for sound in heard[1:]:
        _write(
            f"{sound}.rtp", [packetiser.packet(at * 160, unit) for at, unit in enumerate(sounds(sound, 0.2))]
        )


if __name__ == "__main__":
    main()
