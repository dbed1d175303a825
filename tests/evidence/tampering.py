"""What can be done to a package, and exactly what both verifiers must then say: (kind, file, from, until)."""

import io
import json
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from struct import pack, unpack_from
from typing import Any

import av

from tests.evidence.case import Case, Told
from tests.evidence.footage import BEGIN_US, OTHER, Memory, following, segment
from tests.evidence.hostile_zips import zips
from tests.evidence.packing import KEY_ID, ORGANISATION, STRANGER, history, package
from thienly.evidence import manifest as model
from thienly.evidence.clip import ClipWriter
from thienly.evidence.container import Writer
from thienly.evidence.manifest import TAG
from thienly.evidence.source import Slice
from thienly.rules.hashchain import canonical

GOP_US = 400_000
SPAN = (BEGIN_US, BEGIN_US + 4_000_000)
CLIP = "clips/01-CC-001-20270115-150000.mp4"
PROOF = "proofs/01-CC-001-20270115-150000.json"


def gop(first: int, last: int | None = None) -> tuple[int, int]:
    """The seconds of GOPs `first` … `last`."""
    return BEGIN_US + first * GOP_US, BEGIN_US + ((first if last is None else last) + 1) * GOP_US


def files_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: dict[str, bytes]) -> bytes:
    """As the product zips them."""
    out = io.BytesIO()
    writer = Writer(out)
    for name, data in files.items():
        writer.add(name, data)
    writer.finish()
    return out.getvalue()


def signed_anew(files: dict[str, bytes], by: Any, **changes: Any) -> dict[str, bytes]:
    """The manifest names the files as they are now, and is signed with another key."""
    told = json.loads(files[model.MANIFEST]) | changes
    for file in told["files"]:
        data = files[file["name"]]
        file |= {"size": len(data), "sha256": sha256(data).hexdigest()}
    raw = by.public_key().public_bytes_raw()
    data = canonical(told)
    box = {"key": sha256(raw).hexdigest(), "public": raw.hex(), "signature": by.sign(TAG + data).hex()}
    return files | {
        model.MANIFEST: data,
        model.SIGNATURE: json.dumps(box, separators=(",", ":")).encode(),
    }


class Film:
    """A clip taken apart into its outer boxes and the recorder's fragments."""

    def __init__(self, data: bytes) -> None:
        self.boxes: list[tuple[bytes, bytes]] = []
        at = 0
        while at < len(data):
            length, kind = unpack_from(">I4s", data, at)
            self.boxes.append((kind, data[at + 8 : at + length]))
            at += length

    def fragments(self) -> list[bytes]:
        return [piece for kind, body in self.boxes if kind == b"mdat" for piece in _pieces(body)[1]]

    def joined(self, change: Callable[[list[bytes]], list[bytes]]) -> bytes:
        """With other fragments in the first outer box than those that stand there."""
        out, first = b"", True
        for kind, body in self.boxes:
            kept = body
            if kind == b"mdat" and first:
                init, fragments = _pieces(body)
                kept, first = init + b"".join(change(fragments)), False
            out += pack(">I4s", len(kept) + 8, kind) + kept
        return out


def _pieces(body: bytes) -> tuple[bytes, list[bytes]]:
    init, fragments, at = b"", list[bytes](), 0
    while at < len(body):
        length, kind = unpack_from(">I4s", body, at)
        if kind in (b"ftyp", b"moov"):
            init += body[at : at + length]
        else:
            length += unpack_from(">I", body, at + length)[0]
            fragments.append(body[at : at + length])
        at += length
    return init, fragments


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def re_encoded(data: bytes) -> bytes:
    """The same pictures, decoded and encoded again."""
    out = io.BytesIO()
    with av.open(io.BytesIO(data)) as source, av.open(out, "w", format="mp4") as target:
        stream = target.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        for frame in source.decode(video=0):
            target.mux(stream.encode(frame.reformat(160, 90, "yuv420p")))
        target.mux(stream.encode())
    return out.getvalue()


def cases(folder: Path) -> Iterator[Case]:
    """The whole table; the first is the package that nobody touched."""
    good = package(folder / "good.zip").path.read_bytes()
    files = files_of(good)
    yield Case("untouched", good, [])
    for name, options in {"b-frames": {"bframes": 2}, "h265": {"codec": "h265", "sound": False}}.items():
        source = Memory(following(2, **options))  # type: ignore[arg-type]
        other = package(folder / f"{name}.zip", source=source).path.read_bytes()
        yield Case(f"untouched, {name}", other, [])
    yield from _footage(good, files)
    yield from _words(files)
    yield from _conspiring(files)
    yield from _keys(files, folder)
    yield from zips(good, files)


def _footage(good: bytes, files: dict[str, bytes]) -> Iterator[Case]:
    film = Film(files[CLIP])

    def clip(name: str, data: bytes, *expected: tuple[str, int | None, int | None]) -> Case:
        told: Told = [(kind, CLIP, start, end) for kind, start, end in expected]
        return Case(name, zipped(files | {CLIP: data}), told)

    def pieces(name: str, change: Callable[[list[bytes]], list[bytes]], *expected: Any) -> Case:
        return clip(name, film.joined(change), *expected)

    stranger = Film(files_of(good)[CLIP]).fragments()[7]
    foreign = segment(9, camera=OTHER, width=176).data[-9000:]
    yield clip("re-encoded", re_encoded(files[CLIP]), ("replaced", *SPAN))
    yield clip("another film", b"\0" * 50_000, ("replaced", *SPAN))
    yield clip("cut off in the middle", files[CLIP][: len(files[CLIP]) // 2], *_cut(files[CLIP]))
    yield clip("nothing left", b"", ("replaced", *SPAN))
    yield pieces("trimmed at the beginning", lambda f: f[1:], ("missing", *gop(0)))
    yield pieces("trimmed at the end", lambda f: f[:-2], ("missing", *gop(3, 4)))
    yield pieces("a fragment removed", lambda f: f[:2] + f[3:], ("missing", *gop(2)))
    yield pieces(
        "two fragments removed", lambda f: [f[0], *f[2:4]], ("missing", *gop(1)), ("missing", *gop(4))
    )
    yield pieces("reordered", lambda f: [f[1], f[2], f[0], *f[3:]], ("moved", *gop(0)))
    yield pieces("a fragment twice", lambda f: [f[0], f[0], *f[1:]], ("inserted", BEGIN_US, BEGIN_US))
    yield pieces(
        "one of later put in",
        lambda f: [*f[:2], stranger, *f[2:]],
        ("inserted", *2 * gop(7)[:1]),
        ("moved", *gop(7)),
    )
    yield pieces("something put in", lambda f: [f[0], foreign, *f[1:]], ("inserted", *2 * gop(0)[1:]))
    yield pieces(
        "one picture changed", lambda f: [*f[:3], flipped(f[3], len(f[3]) - 20), f[4]], ("changed", *gop(3))
    )
    yield pieces("its time changed", lambda f: [f[0], _later(f[1]), *f[2:]], ("changed", *gop(1)))
    yield pieces("its length changed", lambda f: [f[0], flipped(f[1], 3), *f[2:]], ("changed", *gop(1)))
    yield clip(
        "the table of contents changed",
        flipped(files[CLIP], len(files[CLIP]) - 9),
        ("container_changed", None, None),
    )
    yield clip("bytes behind it", files[CLIP] + b"\0" * 20, ("inserted", *2 * gop(9)[1:]))
    at = files[CLIP].index(b"avcC") + 12
    yield clip("the picture's description changed", flipped(files[CLIP], at), ("init_changed", None, None))


def _cut(data: bytes) -> list[tuple[str, int, int]]:
    """What is there of the first half, by where each fragment ends."""
    film, kept, at = Film(data), 0, 0
    for piece in film.fragments():
        at = data.index(piece, at) + len(piece)
        kept += at <= len(data) // 2
    return [("changed", *gop(kept)), ("missing", *gop(kept + 1, 9))]


def _later(fragment: bytes) -> bytes:
    """Its time, an hour later."""
    at = fragment.index(b"tfdt") + 8
    return fragment[:at] + pack(">Q", unpack_from(">Q", fragment, at)[0] + 90_000 * 3600) + fragment[at + 8 :]


def _words(files: dict[str, bytes]) -> Iterator[Case]:
    edited = files[model.MANIFEST].replace("gây rối".encode(), "gây  rối".encode())
    yield Case(
        "the manifest edited",
        zipped(files | {model.MANIFEST: edited}),
        [("signature", model.MANIFEST, None, None)],
    )
    honest = {name: data for name, data in files.items() if name not in (model.MANIFEST, model.SIGNATURE)}
    no_signature = honest | {model.MANIFEST: files[model.MANIFEST]}
    yield Case("no manifest", zipped(honest), [("manifest_missing", model.MANIFEST, None, None)])
    yield Case("no signature", zipped(no_signature), [("signature_missing", model.SIGNATURE, None, None)])
    scribbled = files[model.SIGNATURE].replace(b'":"', b'": "', 1)
    yield Case(
        "the signature file edited",
        zipped(files | {model.SIGNATURE: scribbled}),
        [("signature_malformed", model.SIGNATURE, None, None)],
    )
    for name in (model.COVER, model.PAGE, model.README, model.KEYS, model.HISTORY, PROOF):
        changed = zipped(files | {name: files[name] + b"\n"})
        yield Case(f"{name} changed", changed, [("file_changed", name, None, None)])
    without = {name: data for name, data in files.items() if name != CLIP}
    yield Case("the clip taken out", zipped(without), [("file_missing", CLIP, None, None)])
    extra = zipped(files | {"clips/99-more.mp4": files[CLIP]})
    yield Case("a clip put in", extra, [("file_extra", "clips/99-more.mp4", None, None)])


def _conspiring(files: dict[str, bytes]) -> Iterator[Case]:
    """The organisation signs a clip that holds the recorder's fragments and shows something else."""

    def shown(name: str, change: Callable[[bytes], bytes]) -> Case:
        film = Film(files[CLIP])
        moov = film.boxes[-1][1]
        changed = change(moov)
        data = files[CLIP][: -len(moov)] + changed
        proof = json.loads(files[PROOF])
        proof["pieces"][-1][2] = sha256(data[-len(moov) - 8 :]).hexdigest()
        signed = signed_anew(files | {CLIP: data, PROOF: canonical(proof)}, ORGANISATION)
        return Case(name, zipped(signed), [("contents_false", CLIP, None, None)])

    def slower(moov: bytes) -> bytes:
        at = moov.index(b"stts") + 16
        return moov[:at] + pack(">I", 2 * unpack_from(">I", moov, at)[0]) + moov[at + 4 :]

    def turned(moov: bytes) -> bytes:
        at = moov.index(b"tkhd") + 4 + 40
        return moov[:at] + pack(">i", -0x10000) + moov[at + 4 :]

    def elsewhere(moov: bytes) -> bytes:
        at = moov.index(b"stco") + 12
        return moov[:at] + moov[at + 4 : at + 8] + moov[at + 4 :]

    yield _left_out(files)
    yield shown("the pictures shown at half their speed", slower)
    yield shown("the pictures shown mirrored", turned)
    yield shown("other pictures shown than those of the time", elsewhere)
    hidden = json.loads(files[PROOF])
    box = pack(">I4s", 8 + 4000, b"mdat") + bytes(4000)
    hidden["pieces"].insert(1, ["frame", len(box), sha256(box).hexdigest()])
    ftyp = unpack_from(">I", files[CLIP])[0]
    data = files[CLIP][:ftyp] + box + files[CLIP][ftyp:]
    signed = signed_anew(files | {CLIP: data, PROOF: canonical(hidden)}, ORGANISATION)
    yield Case(
        "a place for other pictures in the clip", zipped(signed), [("contents_false", CLIP, None, None)]
    )


def _left_out(files: dict[str, bytes]) -> Case:
    """As if 0.4 s had never been there: a clip that the product's own writer makes of the others."""
    parts, stream, name = [one.slice for one in following(2)], io.BytesIO(), CLIP
    sources = {part.statement.segment: one.data for part, one in zip(parts, following(2), strict=True)}
    writer = ClipWriter(lambda data: stream.write(data) and None, file=name, init=_init(sources[1], parts[0]))
    for part, wanted_pieces in ((parts[0], (0, 1)), (parts[0], (3, 4)), (parts[1], range(5))):
        writer.begin(part)
        for number in wanted_pieces:
            piece = part.pieces[number]
            data = sources[part.statement.segment][piece.offset : piece.offset + piece.size]
            writer.add(number, data)
    proof = canonical(asdict(writer.finish()))
    signed = signed_anew(files | {CLIP: stream.getvalue(), PROOF: proof}, ORGANISATION)
    return Case("a fragment left out by the organisation", zipped(signed), [("left_out", CLIP, *gop(2))])


def _init(data: bytes, part: Slice) -> bytes:
    return data[: part.init_bytes]


def _proof(files: dict[str, bytes], change: Callable[[dict[str, Any]], None]) -> dict[str, bytes]:
    """The organisation itself signs a proof that was changed: only the recorder's signature is left to
    tell."""
    proof = json.loads(files[PROOF])
    change(proof)
    return signed_anew(files | {PROOF: canonical(proof)}, ORGANISATION)


def _keys(files: dict[str, bytes], folder: Path) -> Iterator[Case]:
    whole: Told = [("segment_signature", CLIP, BEGIN_US + 3_600_000_000, BEGIN_US + 3_602_000_000)]

    def later(proof: dict[str, Any]) -> None:
        for name in ("media_us", "start_us", "end_us"):
            proof["segments"][0]["statement"][name] += 3_600_000_000

    def shifted(proof: dict[str, Any]) -> None:
        piece = next(piece for piece in proof["pieces"] if piece[0] == "fragment")
        piece[4] += 5_000_000

    def leaf(proof: dict[str, Any]) -> None:
        digest = proof["segments"][1]["leaves"]
        proof["segments"][1]["leaves"] = b64encode(bytes(30)).decode() + digest[40:]

    clock: Told = [
        *whole,
        *(("clock", CLIP, s + 3_600_000_000, e + 3_600_000_000) for s, e in map(gop, range(5))),
    ]
    clock += [("clock", CLIP, *gop(number)) for number in range(5, 10)]
    yield Case("the clock of a statement changed", zipped(_proof(files, later)), clock)
    yield Case("the time in the proof changed", zipped(_proof(files, shifted)), [("clock", CLIP, *gop(0))])
    tree: Told = [
        ("segment_tree", CLIP, BEGIN_US + 2_000_000, BEGIN_US + 4_000_000),
        ("proof_other", PROOF, None, None),
    ]
    yield Case("a hash in the proof changed", zipped(_proof(files, leaf)), tree)
    told = json.loads(files[model.MANIFEST])
    told["cameras"][0]["id"] = OTHER
    other: Told = [
        ("other_camera", CLIP, BEGIN_US, BEGIN_US + 2_000_000),
        ("other_camera", CLIP, BEGIN_US + 2_000_000, BEGIN_US + 4_000_000),
    ]
    yield Case(
        "said to be another camera", zipped(signed_anew(files, ORGANISATION, cameras=told["cameras"])), other
    )
    told = json.loads(files[model.MANIFEST])
    told["cameras"][0]["until_us"] += 60_000_000
    silent: Told = [("unstated_gap", "", SPAN[1], SPAN[1] + 60_000_000)]
    yield Case("a gap not told", zipped(signed_anew(files, ORGANISATION, cameras=told["cameras"])), silent)
    strange = signed_anew(files, STRANGER)
    yield Case(
        "signed by another organisation",
        zipped(strange),
        [("other_organisation", model.MANIFEST, None, None)],
    )
    key = sha256(STRANGER.public_key().public_bytes_raw()).hexdigest()
    claimed = signed_anew(files, STRANGER, key=key)
    both: Told = [("key_not_given", model.SIGNATURE, None, None), ("history", model.HISTORY, None, None)]
    yield Case("wholly by another organisation", zipped(claimed), both)
    theirs = package(folder / "theirs.zip", key=STRANGER).path.read_bytes()
    yield Case("another organisation's own package", theirs, both[:1])
    mine = zipped(files)
    revoked: Told = [("organisation_key_revoked", model.SIGNATURE, None, None)]
    yield Case("a revoked key of the organisation", mine, revoked, revoked={KEY_ID: BEGIN_US})
    recorders = json.loads(files[model.KEYS])["recorders"]
    late: Told = [("segment_key_revoked", CLIP, BEGIN_US + 2_000_000, BEGIN_US + 4_000_000)]
    yield Case(
        "a revoked key of the recorder", mine, late, revoked={recorders[0]["id"]: BEGIN_US + 2_000_000}
    )

    def keyed(**changes: Any) -> bytes:
        told = json.loads(files[model.KEYS])
        told["recorders"][0] |= changes
        return zipped(signed_anew(files | {model.KEYS: canonical(told)}, ORGANISATION))

    parts = [(BEGIN_US, BEGIN_US + 2_000_000), (BEGIN_US + 2_000_000, BEGIN_US + 4_000_000)]
    yield Case(
        "a key that was replaced before",
        keyed(until_us=BEGIN_US - 400_000_000),
        [("segment_key_replaced", CLIP, *p) for p in parts],
    )
    yield Case(
        "a key that is not there", keyed(id="0" * 16), [("segment_key_unknown", CLIP, *p) for p in parts]
    )
    rows = history()
    altered = b"".join([*rows[:2], rows[2].replace("Đào".encode(), b"Hoa"), *rows[3:]])
    changed = signed_anew(files | {model.HISTORY: altered}, ORGANISATION)
    yield Case("a row of history altered", zipped(changed), [("history", model.HISTORY, None, None)])
    taken = signed_anew(files | {model.HISTORY: b"".join([*rows[:2], *rows[3:]])}, ORGANISATION)
    yield Case("a row of history taken out", zipped(taken), [("history", model.HISTORY, None, None)])
