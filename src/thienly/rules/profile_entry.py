"""What every entry of a profile has: a name, an article, and whether the text says so or we infer it."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,59}$")]
Cite = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        pattern=r"^[^\s,](.*[^\s,])?$",
        description="articles as they stand in the text, joined by ', ': Đ6.1, Đ17.1",
    ),
]
Basis = Literal["explicit", "derived"]
"""`explicit`: the text says so. `derived`: we infer it, and a province may switch it off."""

_DAYS_OF = {"D": 1, "W": 7, "M": 31, "Y": 366}
"""A promise of months is kept whichever months they are."""

Duration = Annotated[str, Field(pattern=r"^P[1-9][0-9]{0,3}[DWMY]$")]
"""ISO 8601, one part: P7D, P6M."""


def days_of(duration: str) -> int:
    """The days that a duration has at most."""
    return int(duration[1:-1]) * _DAYS_OF[duration[-1]]


class Entry(BaseModel):
    """Anything in a profile: named, and resting on an article."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    id: Id
    cite: Cite
    basis: Basis
    note: str = ""

    @property
    def cites(self) -> list[str]:
        """Each article for itself."""
        return [part.strip() for part in self.cite.split(", ")]


class Named(Entry):
    vi: Annotated[str, Field(min_length=1)]
    en: str = ""

    def label(self, language: str) -> str:
        """The name in English where there is one, else in the words of the document."""
        return self.en if language.startswith("en") and self.en else self.vi
