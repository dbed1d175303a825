"""What this gateway process counts and holds, for its metrics."""

from collections import Counter
from typing import TYPE_CHECKING
from weakref import WeakSet

if TYPE_CHECKING:
    from thienly.gateway.stream import Gateway

totals: Counter[str] = Counter()
"""Since the process began: `bytes` and `pictures` sent, chunks `skipped`. Only the event loop adds."""

running: "WeakSet[Gateway]" = WeakSet()
"""One, where the process is a gateway."""
