"""`thienly verify PACKAGE`: is a package what the organisation and its recorders signed? Needs no
installation."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from thienly.core.ledger import keys
from thienly.core.ledger.evidence_check import NotGenuine, check_lines
from thienly.evidence.faults import Fault
from thienly.evidence.manifest import Manifest
from thienly.evidence.members import is_package
from thienly.evidence.page import page
from thienly.evidence.verify import Report
from thienly.evidence.verify import verify as check
from thienly.evidence.words import Language, moment, sentence

Say = Callable[[str], None]

_WORDS: dict[str, dict[Language, str]] = {
    "genuine": {"vi": "ĐÚNG LÀ BẢN GỐC", "en": "GENUINE"},
    "not": {"vi": "KHÔNG PHẢI BẢN GỐC, HOẶC ĐÃ BỊ SỬA", "en": "NOT GENUINE, OR ALTERED"},
    "ok": {"vi": "đúng là bản gốc", "en": "genuine"},
    "gap": {"vi": "được nêu là thiếu", "en": "said to be missing"},
    "trusted": {
        "vi": "Chữ ký là của khóa đã cho: {key}",
        "en": "Signed with the key that was given: {key}",
    },
    "compare": {
        "vi": "Chữ ký là của khóa do chính gói này mang theo: {key}\n"
        "Hãy đối chiếu với mã khóa do đơn vị công bố, hoặc dùng --key-id.",
        "en": "Signed with a key that the package itself brings: {key}\n"
        "Compare it with the one that the organisation has published, or give it by --key-id.",
    },
    "case": {
        "vi": "Hồ sơ {case}, {organisation}; lập {made}; {files} tệp, {rows} dòng nhật ký",
        "en": "Case {case}, {organisation}; made {made}; {files} files, {rows} rows of history",
    },
    "unwritable": {"vi": "Không ghi được: {detail}", "en": "It cannot be written: {detail}"},
    "unreadable": {"vi": "Không đọc được: {detail}", "en": "It cannot be read: {detail}"},
}


def is_meant(paths: Sequence[Path]) -> bool:
    """Whether the one path that was given is a package."""
    try:
        return len(paths) == 1 and is_package(paths[0])
    except OSError:
        return False


def write_page(path: Path, *, say: Say) -> int:
    """Writes verify.html of this version; says its digest. 0: done. 2: it cannot be written."""
    try:
        with path.open("xb") as file:
            file.write(page())
    except OSError as error:
        say(_WORDS["unwritable"]["vi"].format(detail=error.strerror))
        say(_WORDS["unwritable"]["en"].format(detail=error.strerror))
        return 2
    say(f"{path}: SHA-256 {sha256(page()).hexdigest()}")
    return 0


def verify(
    path: Path,
    *,
    public_key: Path | None,
    key_id: str,
    revoked: Path | None,
    language: Language,
    as_json: bool,
    say: Say,
) -> int:
    """0: genuine. 1: faults. 2: nothing could be verified."""
    try:
        wanted = keys.key_id(keys.public_key(public_key)) if public_key else key_id.strip().lower()
        report = check(
            path, history=history, key_id=wanted, revoked=_revoked(revoked.read_text()) if revoked else None
        )
    except (OSError, ValueError) as error:
        say(_WORDS["unreadable"][language].format(detail=error))
        return 2
    if as_json:
        say(json.dumps(told(report), ensure_ascii=False))
    else:
        for line in _lines(report, language):
            say(line)
    return 0 if report.genuine else 1


def history(lines: Sequence[bytes], key: Ed25519PublicKey) -> int:
    """See `evidence.verify.History`."""
    try:
        return check_lines(lines, public_key=key).rows
    except NotGenuine as wrong:
        raise ValueError(str(wrong)) from wrong


def told(report: Report) -> dict[str, object]:
    """The report as JSON; verify.html makes the same."""
    clips = []
    if report.manifest is not None:
        clips = [
            {
                "file": clip.file,
                "camera": camera.code,
                "start_us": clip.start_us,
                "end_us": clip.end_us,
                "genuine": not report.of_file(clip.file) and not report.of_file(clip.proof),
            }
            for camera in report.manifest.cameras
            for clip in camera.clips
        ]
    return {
        "genuine": report.genuine,
        "trusted": report.trusted,
        "key": report.key,
        "case": report.manifest.case if report.manifest else "",
        "rows": report.rows,
        "clips": clips,
        "faults": [asdict(fault) for fault in report.faults],
    }


def _revoked(text: str) -> Mapping[str, int]:
    """One key a line: its id and when it was revoked (ISO 8601, UTC where it names no zone). Raises
    ValueError."""
    found: dict[str, int] = {}
    for line in text.splitlines():
        if words := line.split("#")[0].split():
            at = datetime.fromisoformat(words[1]) if len(words) > 1 else datetime.fromtimestamp(0, UTC)
            aware = at if at.tzinfo else at.replace(tzinfo=UTC)
            found[words[0].lower()] = round(aware.timestamp() * 1e6)
    return found


def _lines(report: Report, language: Language) -> list[str]:
    manifest = report.manifest
    zone = _zone(manifest)
    lines = [_WORDS["genuine" if report.genuine else "not"][language]]
    if manifest is not None:
        made = moment(manifest.made_us, zone)[:-4]
        lines.append(
            _WORDS["case"][language].format(
                case=manifest.case,
                organisation=manifest.organisation,
                made=made,
                files=report.files,
                rows=report.rows,
            )
        )
    for fault in report.faults:
        lines.append("✗ " + _fault(fault, zone, language))
    if manifest is None:
        return lines
    for camera in manifest.cameras:
        for clip in camera.clips:
            if not report.of_file(clip.file) and not report.of_file(clip.proof):
                span = f"{moment(clip.start_us, zone)} – {moment(clip.end_us, zone)}"
                lines.append(f"✓ {clip.file}: {camera.code}: {span}: {_WORDS['ok'][language]}")
        for gap in camera.gaps:
            span = f"{moment(gap.from_us, zone)} – {moment(gap.until_us, zone)}"
            lines.append(f"– {camera.code}: {span}: {_WORDS['gap'][language]}: {gap.words or gap.reason}")
    lines.append(_WORDS["trusted" if report.trusted else "compare"][language].format(key=report.key))
    return lines


def _fault(fault: Fault, zone: ZoneInfo, language: Language) -> str:
    said = sentence(fault, language)
    if fault.from_us is not None and fault.until_us is not None:
        span = moment(fault.from_us, zone)
        if fault.until_us != fault.from_us:
            span += f" – {moment(fault.until_us, zone)}"
        said = f"{span}: {said}"
    return f"{fault.file}: {said}" if fault.file else said


def _zone(manifest: Manifest | None) -> ZoneInfo:
    try:
        return ZoneInfo(manifest.time_zone if manifest else "Asia/Ho_Chi_Minh")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("Asia/Ho_Chi_Minh")
