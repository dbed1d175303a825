"""Not collected by itself: `test_guard.py` runs it in a process of its own and expects it to fail."""

import pytest

from tests.test_guard import MACHINE, careless


@pytest.mark.django_db
def test_careless() -> None:
    careless(actor=MACHINE)
