"""A second regulation in force beside Quảng Ninh's, for what only others prescribe."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest

from thienly.core.regulation import shelf


@contextmanager
def beside_qn(patch: pytest.MonkeyPatch, name: str, *, apart: bool = False) -> Iterator[None]:
    """The shipped regulation `name` holds too; where its copy names no first day, since 2024.

    `apart`: QN is confined to security cameras, so that its silence takes away nothing that the other gives
    over cameras of its own field (rights of several regulations meet: decision 0033).
    """
    books = shelf.shelf()
    known, other = books.book("QN"), books.book(name)
    assert known is not None and other is not None
    head = other.profile.profile
    begun = head.model_copy(update={"effective_from": head.effective_from or date(2024, 1, 1)})
    qn = known.profile
    if apart:
        qn = qn.model_copy(update={"profile": qn.profile.model_copy(update={"domain": "security"})})
    held = {"QN": qn, name: other.profile.model_copy(update={"profile": begun})}
    with patch.context() as inside:
        inside.setattr(shelf, "adopt", lambda _shelf, _chosen: held)
        shelf.profiles.cache_clear()
        try:
            yield
        finally:
            shelf.profiles.cache_clear()
