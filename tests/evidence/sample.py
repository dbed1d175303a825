"""Made `tests/samples/evidence-v1.zip`, once: `python -m tests.evidence.sample FILE`.

The file is kept and never made again: every later version must verify what this one packed. Its keys are
those of the tests; whoever reads them here can sign anything with them.
"""

import sys
from pathlib import Path

from tests.evidence.footage import BEGIN_US, OTHER, Memory, segment
from tests.evidence.packing import package, wanted
from thienly.evidence.manifest import Gap

SECOND = 1_000_000


def make(to: Path) -> None:
    small = {"width": 80, "height": 48, "frames": 25, "gop": 5}
    recorded = [
        segment(1, **small),  # type: ignore[arg-type]
        segment(2, start_us=BEGIN_US + SECOND, **small),  # type: ignore[arg-type]
        segment(4, start_us=BEGIN_US + 6 * SECOND, **small),  # type: ignore[arg-type]
        segment(1, camera=OTHER, recorder="r2", codec="h265", sound=False, **small),  # type: ignore[arg-type]
    ]
    lost = [
        Gap(
            from_us=BEGIN_US + 2 * SECOND,
            until_us=BEGIN_US + 6 * SECOND,
            reason="unreachable",
            words="mất kết nối",
        )
    ]
    package(
        to,
        wanted(6.5, begin_us=BEGIN_US + SECOND // 2, gaps=lost),
        wanted(1, id=OTHER, code="CC-002", name="Bãi neo đậu", clock=[]),
        source=Memory(recorded),
    )


if __name__ == "__main__":
    make(Path(sys.argv[1]))
