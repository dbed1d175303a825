"""A document is used only inside its scope (requirements F4)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from thienly.rules.document_scope import DocumentScope, Outside, outside
from thienly.rules.extraction_needs import satisfies
from thienly.rules.profile_sections import Form

START = datetime(2026, 11, 17, 7, tzinfo=UTC)
SCOPE = DocumentScope(
    cameras=frozenset({"a", "b"}),
    start=START,
    end=START + timedelta(hours=2),
    purpose="traffic_safety",
    recipient="cong an tinh",
    until=date(2026, 12, 1),
)
INSIDE: dict[str, Any] = {
    "cameras": {"a"},
    "start": START,
    "end": START + timedelta(hours=1),
    "purpose": "traffic_safety",
    "recipient": "co quan csdt cong an tinh",
    "today": date(2026, 12, 1),
}


def test_inside_its_scope_it_serves_and_what_it_leaves_open_limits_nothing() -> None:
    assert outside(SCOPE, **INSIDE) == []
    assert outside(DocumentScope(), **INSIDE) == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"cameras": {"a", "c"}}, Outside.CAMERAS),
        ({"start": START - timedelta(seconds=1)}, Outside.TIME),
        ({"end": START + timedelta(hours=3)}, Outside.TIME),
        ({"purpose": "rescue"}, Outside.PURPOSE),
        ({"recipient": "bao hiem"}, Outside.RECIPIENT),
        ({"today": date(2026, 12, 2)}, Outside.EXPIRED),
    ],
)
def test_outside_it_does_not_and_says_why(changes: dict[str, Any], why: Outside) -> None:
    assert outside(SCOPE, **(INSIDE | changes)) == [why]


def test_revoked_it_serves_nothing() -> None:
    assert outside(replace(SCOPE, revoked=True), **INSIDE) == [Outside.REVOKED]


@pytest.mark.parametrize(
    ("have", "want", "enough"),
    [
        ("in_app", "in_app", True),
        ("in_app", "opinion", True),  # a decision that is signed in the system is an opinion
        ("in_app", "written_or_opinion", True),
        ("in_app", "written", False),
        ("written", "in_app", True),
        ("written", "written", True),
    ],
)
def test_the_evidence_ladder(have: Form, want: Form, enough: bool) -> None:
    assert satisfies(have, want) is enough
