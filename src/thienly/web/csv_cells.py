"""CSV that a spreadsheet opens as it is meant: UTF-8 with a mark, and no cell that is taken for a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cell(value: object) -> str:
    """Text that begins like a formula is made text by an apostrophe (OWASP, CSV injection)."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def as_csv(rows: Iterable[Sequence[object]]) -> bytes:
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet)
    for row in rows:
        writer.writerow([cell(value) for value in row])
    return b"\xef\xbb\xbf" + sheet.getvalue().encode()
