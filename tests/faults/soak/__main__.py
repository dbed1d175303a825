"""`python -m tests.faults.soak --seconds 7200`: says what it does, prints one JSON object at the end."""

import argparse
import json
import os
import secrets
import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.faults.soak.soak import FAULTS, soak


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=float(os.environ.get("THIENLY_SOAK_S") or 7200))
    parser.add_argument("--seed", type=int, help="of an earlier run, to repeat it")
    parser.add_argument("--cameras", type=int, default=4)
    parser.add_argument("--without", default="", metavar="KIND,KIND", help="faults to leave out")
    options = parser.parse_args()
    without = [kind for kind in options.without.split(",") if kind]
    if unknown := set(without) - set(FAULTS):
        parser.error(f"no such fault: {', '.join(sorted(unknown))}; there are {', '.join(FAULTS)}")
    seed = secrets.randbelow(10**6) if options.seed is None else options.seed
    print(f"seed {seed}", file=sys.stderr, flush=True)
    data = Path(tempfile.mkdtemp(prefix="thienly-soak-"))
    report = soak(
        data,
        seconds=options.seconds,
        seed=seed,
        cameras=options.cameras,
        without=without,
        say=lambda text: print(text, file=sys.stderr, flush=True),
    )
    print(json.dumps(asdict(report), ensure_ascii=False))
    if report.wrong:
        print(f"what it left to look at: {data}", file=sys.stderr)
        return 1
    shutil.rmtree(data)
    return 0


sys.exit(main())
