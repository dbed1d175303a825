"""Verifies a package with nothing but its bytes and, better, the organisation's public key.

What is shown: that the organisation signed this manifest; that every file is the one the manifest names;
that every fragment of every clip is what a recorder signed when it recorded, at that time, of that camera;
that the time asked for is either there or said to be missing; that the rows of history belong to the
organisation's history.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import ValidationError

from thienly.evidence import manifest as model
from thienly.evidence.clip_check import check_clip
from thienly.evidence.container import Malformed
from thienly.evidence.faults import Fault
from thienly.evidence.manifest import Keys, Manifest, Packed, Signature
from thienly.evidence.members import Members, opened

History = Callable[[Sequence[bytes], Ed25519PublicKey], int]
"""Checks the lines of history.jsonl against a key: the number of rows. Raises ValueError saying what is
wrong."""

_NO_MANIFEST = ("manifest_missing", model.MANIFEST)
_NO_SIGNATURE = ("signature_missing", model.SIGNATURE)
_MAX_SMALL = 256 << 20
_STEP = 4 << 20
SLACK_US = 100_000
"""Times that follow each other within it are no gap."""


@dataclass(slots=True)
class Report:
    """`manifest` None: the package says nothing that can be believed. `trusted`: its key is the one that
    was given. `rows`: of history, all shown to belong to it."""

    faults: list[Fault] = field(default_factory=list)
    manifest: Manifest | None = None
    key: str = ""
    trusted: bool = False
    rows: int = 0
    files: int = 0
    bytes: int = 0

    @property
    def genuine(self) -> bool:
        return self.manifest is not None and not self.faults

    def of_file(self, name: str) -> list[Fault]:
        return [fault for fault in self.faults if fault.file == name]


def verify(
    path: Path,
    *,
    history: History,
    key_id: str = "",
    revoked: Mapping[str, int] | None = None,
) -> Report:
    """`key_id`: SHA-256 of the organisation's raw public key, as it was learnt elsewhere. `revoked`: when
    keys were revoked (Unix us), by id. Never raises because of what the package holds; OSError."""
    report = Report()
    try:
        with opened(path) as members:
            _Check(report, members, key_id, revoked or {}, history).all()
    except Malformed as wrong:
        facts = {"name": wrong.name} if wrong.name else {}
        report.faults.append(Fault(wrong.kind, facts=facts))
    return report


class _Check:
    def __init__(
        self, report: Report, members: Members, key_id: str, revoked: Mapping[str, int], history: History
    ) -> None:
        self._report = report
        self._members = members
        self._key_id = key_id
        self._revoked = revoked
        self._history = history

    def all(self) -> None:
        manifest = self._signed_manifest()
        if manifest is None:
            return
        self._report.manifest = manifest
        small = self._files(manifest)
        keys = self._keys(small)
        if keys is not None:
            for camera in manifest.cameras:
                self._camera(camera, manifest, small, keys)
        if model.HISTORY in small:
            self._rows(small[model.HISTORY], manifest)

    def _fault(self, kind: str, file: str = "", **facts: str) -> None:
        self._report.faults.append(Fault(kind, file, facts=facts))

    # --- the manifest and its signature -----------------------------------------------------------------
    def _signed_manifest(self) -> Manifest | None:
        data, box = self._small(model.MANIFEST), self._small(model.SIGNATURE)
        if data is None or box is None:
            self._fault(*(_NO_MANIFEST if data is None else _NO_SIGNATURE))
            return None
        if not self._is_signed(data, box):
            return None
        try:
            manifest = Manifest.model_validate_json(data)
        except ValueError:
            self._fault("manifest_malformed", model.MANIFEST)
            return None
        if manifest.key != self._report.key:
            self._fault("other_organisation", model.MANIFEST, key=self._report.key)
            return None
        if self._key_id:
            self._report.trusted = self._key_id == self._report.key
            if not self._report.trusted:
                self._fault("key_not_given", model.SIGNATURE, key=self._report.key, given=self._key_id)
        if self._report.key in self._revoked:
            self._report.trusted = False
            self._fault("organisation_key_revoked", model.SIGNATURE, key=self._report.key)
        return manifest

    def _is_signed(self, data: bytes, box: bytes) -> bool:
        try:
            signature = Signature.model_validate_json(box)
            if signature.model_dump_json().encode() != box:
                raise ValueError("not in its one form")
            public = bytes.fromhex(signature.public)
            self._report.key = sha256(public).hexdigest()
            if self._report.key != signature.key:
                raise InvalidSignature
            key = Ed25519PublicKey.from_public_bytes(public)
            key.verify(bytes.fromhex(signature.signature), model.TAG + data)
        except ValueError:
            self._fault("signature_malformed", model.SIGNATURE)
            return False
        except InvalidSignature:
            self._fault("signature", model.MANIFEST)
            return False
        self._public = key
        return True

    # --- the files --------------------------------------------------------------------------------------
    def _files(self, manifest: Manifest) -> dict[str, bytes]:
        """The small ones, whole; those of clips are read where they are checked."""
        named = {file.name: file for file in manifest.files}
        for name in self._members.sizes:
            if name not in named and name not in (model.MANIFEST, model.SIGNATURE):
                self._fault("file_extra", name)
        if len(named) != len(manifest.files):
            self._fault("manifest_malformed", model.MANIFEST)
        clips = {clip.file for camera in manifest.cameras for clip in camera.clips}
        small: dict[str, bytes] = {}
        for name, file in named.items():
            size = self._members.sizes.get(name)
            if size is None:
                self._fault("file_missing", name)
                continue
            self._report.files += 1
            self._report.bytes += size
            if name in clips:
                continue
            data = self._small(name)
            if data is None or size != file.size or sha256(data).hexdigest() != file.sha256:
                self._fault("file_changed", name)
                continue
            small[name] = data
        return small

    def _small(self, name: str) -> bytes | None:
        size = self._members.sizes.get(name)
        if size is None or size > _MAX_SMALL:
            return None
        return self._members.read(name, 0, size)

    def _keys(self, small: Mapping[str, bytes]) -> Keys | None:
        if model.KEYS not in small:
            if model.KEYS not in self._members.sizes:
                self._fault("keys_missing", model.KEYS)
            return None
        try:
            return Keys.model_validate_json(small[model.KEYS])
        except ValidationError:
            self._fault("manifest_malformed", model.KEYS)
            return None

    # --- the footage ------------------------------------------------------------------------------------
    def _camera(self, camera: Packed, manifest: Manifest, small: Mapping[str, bytes], keys: Keys) -> None:
        files = {file.name: file for file in manifest.files}
        known = {key.id: key for key in keys.recorders}
        for clip in camera.clips:
            if clip.file not in files or clip.proof not in files:
                self._fault("manifest_malformed", clip.file)
            elif clip.proof in small and clip.file in self._members.sizes:

                def read(offset: int, length: int, name: str = clip.file) -> bytes:
                    return self._members.read(name, offset, length)

                self._report.faults += check_clip(
                    clip=clip,
                    camera=camera.id,
                    read=read,
                    size=self._members.sizes[clip.file],
                    sha256_hex=files[clip.file].sha256,
                    proof=small[clip.proof],
                    keys=known,
                    revoked=self._revoked,
                )
        for start, end in unstated(camera):
            self._report.faults.append(
                Fault("unstated_gap", from_us=start, until_us=end, facts={"camera": camera.code})
            )

    # --- history ----------------------------------------------------------------------------------------
    def _rows(self, data: bytes, manifest: Manifest) -> None:
        try:
            self._report.rows = self._history(data.splitlines(keepends=True), self._public)
        except ValueError as wrong:
            self._fault("history", model.HISTORY, detail=str(wrong))


def unstated(camera: Packed) -> Iterator[tuple[int, int]]:
    """Times that were asked for, are in no clip, and are not said to be missing."""
    spans = [(clip.start_us, clip.end_us) for clip in camera.clips]
    spans += [(gap.from_us, gap.until_us) for gap in camera.gaps]
    edges = [(0, camera.from_us), *sorted(spans), (camera.until_us, camera.until_us)]
    reached = camera.from_us
    for _, (start, end) in pairwise(edges):
        if min(start, camera.until_us) - reached >= SLACK_US:
            yield reached, min(start, camera.until_us)
        reached = max(reached, end)
