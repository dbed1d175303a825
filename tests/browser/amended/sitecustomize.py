"""Python reads this first in every process of the browser tests' installation: it amends the regulation.

No regulation at hand lets anybody listen. Here the sector centre's officer may; all else stays as it is.
"""

from thienly.core.regulation import shelf
from thienly.rules.profile import Profile

ROLE = "to: sector_user, actions: [view.live, "
_read = shelf.read


def read(text: str, *, name: str) -> Profile:
    return _read(text.replace(ROLE, f"{ROLE}audio, "), name=name)


shelf.read = read
