"""What is wrong with a package. Each kind has its sentences in words.json, which both verifiers read."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fault:
    """`kind`: a code of words.json. `file`: the file it concerns, or empty. Times (Unix us) of the footage it
    concerns; None: all of the file, or none that is known. `facts`: what the sentence names."""

    kind: str
    file: str = ""
    from_us: int | None = None
    until_us: int | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
