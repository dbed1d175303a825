"""The colours can be read: WCAG 2.2 AA, computed from the tokens in both themes."""

import re
from pathlib import Path

import pytest

CSS = Path(__file__).resolve().parents[2] / "src" / "thienly" / "web" / "static" / "css"
TEXT = [
    ("text", "surface"),
    ("text", "ground"),
    ("text", "sunken"),
    ("text-2", "surface"),
    ("text-2", "ground"),
    ("text-2", "sunken"),
    ("text-3", "surface"),
    ("text-3", "ground"),
    ("accent", "surface"),
    ("accent", "ground"),
    ("accent", "accent-soft"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("ok", "surface"),
    ("ok", "ok-soft"),
    ("gap", "surface"),
    ("gap", "gap-soft"),
    ("warn", "surface"),
    ("warn", "warn-soft"),
    ("unknown", "surface"),
    ("refused", "surface"),
    ("text", "accent-soft"),
    ("text", "ok-soft"),
    ("text", "gap-soft"),
    ("text", "warn-soft"),
    ("text-2", "unknown-soft"),
]
SHAPES = [
    ("edge", "surface"),
    ("gap", "gap-soft"),
    ("unknown", "unknown-soft"),
    ("accent", "sunken"),
    ("gap", "sunken"),
]
"""Borders of controls and parts of drawings: 3:1."""


def tokens() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Light; dark by the system; dark by choice."""
    text = (CSS / "tokens.css").read_text()
    light, rest = text.split("@media (prefers-color-scheme: dark)")
    system, chosen = rest.split(':root[data-theme="dark"]')
    found = [dict(re.findall(r"--([\w-]+):\s*([^;]+);", part)) for part in (light, system, chosen)]
    return found[0], found[1], found[2]


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_computed_as_the_recommendation_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_can_be_read_on_its_ground(theme: str) -> None:
    light, dark, _ = tokens()
    colours = light if theme == "light" else light | dark
    weak = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in TEXT}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}
    shapes = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in SHAPES}
    assert {pair: ratio for pair, ratio in shapes.items() if ratio < 3} == {}


def test_the_dark_theme_is_the_same_by_the_system_and_by_choice() -> None:
    _, system, chosen = tokens()
    assert system == chosen
    assert len(system) > 20


def test_styles_refer_only_to_tokens_that_exist() -> None:
    light, _, _ = tokens()
    for sheet in CSS.glob("*.css"):
        used = set(re.findall(r"var\(--([\w-]+)", sheet.read_text()))
        assert used <= light.keys(), (sheet.name, used - light.keys())
