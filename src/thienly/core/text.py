"""Vietnamese text at the door: one normal form, and a folded form that ignores diacritics for search."""

import unicodedata


def normalise(text: str) -> str:
    """NFC, trimmed, inner white space collapsed: what arrives as NFD from a phone equals what a desk typed.

    NUL counts as white space: PostgreSQL cannot hold it.
    """
    return " ".join(unicodedata.normalize("NFC", text.replace("\0", " ")).split())


def fold(text: str) -> str:
    """Lower case without diacritics, đ as d: `Đề Gi` → `de gi`."""
    decomposed = unicodedata.normalize("NFD", normalise(text).lower().replace("đ", "d"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
