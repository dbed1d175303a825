"""A second regulation in force beside Quảng Ninh's, for what only others prescribe."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest

from thienly.core.regulation import shelf


@contextmanager
def beside_qn(patch: pytest.MonkeyPatch, name: str) -> Iterator[None]:
    """The shipped regulation `name` holds too; where its copy names no first day, since 2024."""
    books = shelf.shelf()
    known, other = books.book("QN"), books.book(name)
    assert known is not None and other is not None
    head = other.profile.profile
    begun = head.model_copy(update={"effective_from": head.effective_from or date(2024, 1, 1)})
    held = {"QN": known.profile, name: other.profile.model_copy(update={"profile": begun})}
    with patch.context() as inside:
        inside.setattr(shelf, "adopt", lambda _shelf, _chosen: held)
        shelf.profiles.cache_clear()
        yield
    shelf.profiles.cache_clear()
