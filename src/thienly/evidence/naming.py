"""Names of files in a package: ASCII, short, safe in every file system, and still readable."""

import re
import unicodedata

_MARKS = str.maketrans("đĐ", "dD")


def slug(text: str) -> str:
    """At most 40 letters, digits and hyphens; `camera` when nothing is left."""
    plain = unicodedata.normalize("NFKD", text.translate(_MARKS)).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain)[:40].strip("-") or "camera"
