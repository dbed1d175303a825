"""A row of the table of what can be done to a package."""

from dataclasses import dataclass, field

from tests.evidence.packing import KEY_ID

Told = list[tuple[str, str, int | None, int | None]]


@dataclass
class Case:
    """`given`: what the verifying person knows: the organisation's key id, revoked keys."""

    name: str
    data: bytes
    expected: Told
    key_id: str = KEY_ID
    revoked: dict[str, int] = field(default_factory=dict)
