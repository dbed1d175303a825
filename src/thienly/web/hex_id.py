"""Ids in paths: 32 hexadecimal digits, never a path or a name."""

from uuid import UUID


class HexId:
    regex = "[0-9a-f]{32}"

    def to_python(self, value: str) -> UUID:
        return UUID(value)

    def to_url(self, value: UUID | str) -> str:
        return UUID(str(value)).hex
