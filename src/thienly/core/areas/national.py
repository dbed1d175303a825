"""Reading lists of areas: the one that comes with the program, and complete ones as CSV."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

LEVELS = ("province", "district", "commune")
SHIPPED = Path(__file__).parent / "data" / "national.csv"
SHIPPED_SOURCE = "NQ 202/2025/QH15; QĐ 19/2025/QĐ-TTg (25/11/2026)"
COLUMNS = ("code", "name", "level")


@dataclass(frozen=True, slots=True)
class Line:
    """`parent`: the code of the area above; `becomes`: codes of what it became on its last day."""

    number: int
    code: str
    name: str
    level: str
    parent: str
    valid_from: date | None
    valid_to: date | None
    document: str
    becomes: tuple[str, ...]
    formerly: str


class WrongList(ValueError):
    """A list cannot be read; every fault with its line, in both languages."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def read_list(path: Path) -> list[Line]:
    """A CSV in UTF-8 with the columns `code,name,level` and, where known, `parent,from,until,document,
    becomes,formerly`. Lines that begin with # are left out. Raises WrongList, OSError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise WrongList(["tệp không phải UTF-8 / the file is not UTF-8"]) from error
    numbered = [(n, row) for n, row in enumerate(text.splitlines(), 1) if row and not row.startswith("#")]
    reader = csv.DictReader(row for _, row in numbered)
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise WrongList([f"thiếu cột / columns missing: {', '.join(missing)}"])
    faults: list[str] = []
    lines: list[Line] = []
    for (number, _), row in zip(numbered[1:], reader, strict=False):
        try:
            lines.append(_line(number, {name: (row.get(name) or "").strip() for name in row if name}))
        except ValueError as error:
            faults.append(f"dòng / line {number}: {error}")
    faults += _doubles(lines)
    if faults:
        raise WrongList(faults)
    return lines


def _line(number: int, row: dict[str, str]) -> Line:
    if not row["code"].isdecimal() or len(row["code"]) > 10:
        raise ValueError(f"mã / code {row['code'] or '–'}")
    if not 0 < len(row["name"]) <= 200:
        raise ValueError("thiếu tên / the name is missing")
    if row["level"] not in LEVELS:
        raise ValueError(f"cấp / level {row['level']}: {', '.join(LEVELS)}")
    begins, ends = _day(row.get("from", "")), _day(row.get("until", ""))
    if begins and ends and ends <= begins:
        raise ValueError("hết hiệu lực trước khi có hiệu lực / it ends before it begins")
    return Line(
        number=number,
        code=row["code"],
        name=row["name"],
        level=row["level"],
        parent=row.get("parent", ""),
        valid_from=begins,
        valid_to=ends,
        document=row.get("document", "")[:200],
        becomes=tuple(row.get("becomes", "").replace(";", " ").split()),
        formerly=row.get("formerly", ""),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ValueError(f"ngày / date {text}: 2025-07-01") from error


def _doubles(lines: Iterable[Line]) -> list[str]:
    """Two areas of one code and level at the same time."""
    faults: list[str] = []
    last: dict[tuple[str, str], Line] = {}
    for line in sorted(lines, key=lambda one: (one.level, one.code, one.valid_from or date.min)):
        before = last.get((line.level, line.code))
        if before and (before.valid_to is None or before.valid_to > (line.valid_from or date.min)):
            faults.append(
                f"dòng / line {line.number}: mã {line.code} đã có ở dòng {before.number} trong cùng thời gian"
                f" / code {line.code} stands in line {before.number} for the same time"
            )
        last[line.level, line.code] = line
    return faults
