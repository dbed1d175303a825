"""A second regulation in force beside Quảng Ninh's, for what only others prescribe."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import pytest

from thienly.core.regulation import shelf


@contextmanager
def beside_qn(patch: pytest.MonkeyPatch, folder: Path, name: str, changes: dict[str, str]) -> Iterator[None]:
    """The profile `name`: that of Quảng Ninh with some words changed."""
    known = Path(str(files("thienly.profiles") / "quang-ninh" / "qn.yaml"))
    text = known.read_text(encoding="utf-8").replace("\n  id: QN\n", f"\n  id: {name}\n", 1)
    for before, after in changes.items():
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    made = folder / f"{name.lower()}.yaml"
    made.write_text(text, encoding="utf-8")
    with patch.context() as inside:
        inside.setattr(shelf, "_files", lambda _folder: [known, made])
        shelf.profiles.cache_clear()
        yield
    shelf.profiles.cache_clear()
