"""The sentences about faults, for people; verify.html says the same ones."""

import json
from datetime import UTC, datetime, tzinfo
from functools import cache
from importlib.resources import files
from typing import Literal, cast

from thienly.evidence.faults import Fault

Language = Literal["vi", "en"]


@cache
def words() -> dict[str, dict[Language, str]]:
    text = files("thienly.evidence").joinpath("words.json").read_text(encoding="utf-8")
    return cast(dict[str, dict[Language, str]], json.loads(text))


def sentence(fault: Fault, language: Language) -> str:
    facts = {"name": "", "key": "", "given": "", "recorder": "", "detail": "", "camera": ""} | dict(
        fault.facts
    )
    return words()[fault.kind][language].format_map(facts).strip()


def moment(us: int, zone: tzinfo) -> str:
    """23/11/2026 14:20:05.120, as it is written in Viet Nam."""
    try:
        at = datetime.fromtimestamp(us // 1_000_000, zone)
    except (ValueError, OverflowError, OSError):
        at = datetime.fromtimestamp(0, UTC)
    return f"{at:%d/%m/%Y %H:%M:%S}.{us % 1_000_000 // 1000:03d}"
