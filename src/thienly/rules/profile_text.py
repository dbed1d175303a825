"""The words of a regulation, article by article.

A text file: lines that begin with `#` before the first anchor are remarks; a line `[Đ6.1]` begins a passage.
"""

import re

_ANCHOR = re.compile(r"^\[([^\[\]]{1,40})\]$")


class BrokenTextError(ValueError):
    """The text cannot be read; `line` says where (from 1)."""

    def __init__(self, line: int, vi: str, en: str) -> None:
        super().__init__(f"line {line}: {en}")
        self.line, self.vi, self.en = line, vi, en


def parse_articles(text: str) -> dict[str, str]:
    """Passages by their anchor, in the order of the text. Raises BrokenTextError."""
    articles: dict[str, str] = {}
    anchor = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if match := _ANCHOR.match(line.strip()):
            anchor = match[1].strip()
            if anchor in articles:
                raise BrokenTextError(
                    number, f"[{anchor}] có hai lần; gộp lại", f"[{anchor}] stands twice; join the two"
                )
            articles[anchor] = ""
        elif anchor:
            articles[anchor] += line.rstrip() + "\n"
        elif line.strip() and not line.startswith("#"):
            raise BrokenTextError(
                number,
                "dòng này đứng trước điều đầu tiên; thêm một dòng như [Đ1] ở trên",
                "this stands before the first article; put a line such as [Đ1] above it",
            )
    return {name: words.strip() for name, words in articles.items()}
