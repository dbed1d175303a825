"""What the regulations in force forbid everybody, and where they say so."""

from collections.abc import Collection
from datetime import date

from thienly.core.regulation.shelf import profiles

TAMPERING = frozenset({"p-delete", "p-falsify"})
"""Prohibitions of the profiles on deleting, changing and copying data, and on falsifying it."""


def articles(prohibitions: Collection[str], today: date) -> str:
    """`BDM Đ2.2; QN Đ5.6`; "" where no regulation in force says it."""
    return "; ".join(
        f"{profile.id} {entry.cite}"
        for profile in profiles().values()
        if profile.in_force(today)
        for entry in profile.prohibitions
        if entry.id in prohibitions
    )
