"""A package as the product makes it, of footage in memory and a history of three rows."""

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.evidence.footage import BEGIN_US, CAMERA, Memory, following
from thienly.core.ledger.evidence_check import FORMAT, spans, statement_bytes
from thienly.evidence.build import Built, build
from thienly.evidence.manifest import Article, ClockReading, Description, Document, Person, Wanted
from thienly.rules.hashchain import GENESIS, canonical, checkpoint_bytes, entry_hash, instant
from thienly.rules.hashtree import Tree

ORGANISATION = Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64)))
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(range(64, 96)))
MADE_US = BEGIN_US + 3_600_000_000
KEY_ID = sha256(ORGANISATION.public_key().public_bytes_raw()).hexdigest()


def wanted(seconds: float = 4.0, begin_us: int = BEGIN_US, **changes: Any) -> Wanted:
    told: dict[str, Any] = {
        "id": CAMERA,
        "code": "CC-001",
        "name": "Cổng cảng cá Cái Rồng",
        "site": "Cảng cá Cái Rồng",
        "owner": "Ủy ban nhân dân tỉnh",
        "from_us": begin_us,
        "until_us": begin_us + round(seconds * 1_000_000),
        "clock": [ClockReading(at_us=begin_us, offset_ms=-120)],
    }
    return Wanted(**(told | changes))


def description(*cameras: Wanted) -> Description:
    return Description(
        case="TX-2027-0001",
        organisation="Sở Khoa học và Công nghệ",
        purpose="Xác minh vụ việc gây rối trật tự tại cổng cảng",
        people=[
            Person(
                role="requester", post="Trưởng Công an xã", unit="Công an xã Cái Rồng", name="Trần Văn Đức"
            ),
            Person(role="decider", post="Giám đốc", unit="Sở Khoa học và Công nghệ", at_us=BEGIN_US),
        ],
        documents=[Document(kind="Công văn", number="12/CV-CAX", date="2027-01-15", issuer="Công an xã")],
        articles=[Article(regulation="Quyết định 24/2024/QĐ-UBND", cite="Điều 20 khoản 4")],
        ownership="Dữ liệu là tài sản của Nhà nước (Điều 4 khoản 3).",
        cameras=list(cameras) or [wanted()],
    )


def package(
    to: Path,
    *cameras: Wanted,
    source: Memory | None = None,
    key: Ed25519PrivateKey = ORGANISATION,
    **options: Any,
) -> Built:
    return build(
        description=description(*cameras),
        source=source or Memory(following(2)),
        to=to,
        key=key,
        made_us=MADE_US,
        made_by="thienly 0.1.0",
        history=history(key),
        **options,
    )


def history(key: Ed25519PrivateKey = ORGANISATION, numbers: Sequence[int] = (2, 3)) -> list[bytes]:
    """Rows of a history of five, as `core.ledger.evidence` exports them."""
    at = datetime(2027, 1, 15, 9, tzinfo=UTC)
    entries: list[dict[str, Any]] = []
    previous = GENESIS
    for seq in range(1, 6):
        entry = {
            "seq": seq,
            "at": instant(at),
            "kind": "case.step",
            "actor_label": "Nguyễn Thị Đào 𝄞",
            "detail": {"ô": '\u2028 "\\ \x7f', "b": [1, None, True], "￼": 1, "𝄞": 2},
            "previous": previous,
        }
        entry["hash"] = previous = entry_hash(entry)
        entries.append(entry)
    tree = Tree([bytes.fromhex(entry["hash"]) for entry in entries])
    public = key.public_key().public_bytes_raw()
    key_id = sha256(public).hexdigest()
    mark = {"seq": 5, "at": instant(at), "hash": previous, "key_id": key_id}
    payload = checkpoint_bytes(seq=5, at=at, head=previous, key_id=key_id)
    statement = {
        "format": FORMAT,
        "at": instant(at),
        "by": "Nguyễn Thị Đào",
        "asked": {"case": "TX-2027-0001"},
        "rows": spans(numbers),
        "tree": {"size": 5, "root": tree.root.hex()},
        "checkpoint": mark | {"signature": key.sign(payload).hex()},
        "public_key": public.hex(),
        "key_id": key_id,
    }
    lines = [{"statement": statement}, {"signature": key.sign(statement_bytes(statement)).hex()}]
    for seq in numbers:
        lines.append({"entry": entries[seq - 1], "path": [step.hex() for step in tree.proof(seq - 1)]})
    return [canonical(line) + b"\n" for line in lines]
