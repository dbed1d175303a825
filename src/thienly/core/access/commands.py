"""`thienly access replay`: the tables beside what the ledger tells of them."""

import json
from collections.abc import Callable
from dataclasses import asdict

from django.db import transaction

from thienly.core.access.replay import differences, present, replay

Say = Callable[[str], object]


def replay_and_compare(*, say: Say, as_json: bool = False) -> int:
    """0: the tables are what the ledger tells. 1: they differ; each difference is said."""
    with transaction.atomic():  # of one moment
        told, found = replay(), present()
    wrong = differences(told, found)
    if as_json:
        counted = {"seats": len(told.seats), "rights": len(told.rights)}
        say(json.dumps(counted | {"differences": [asdict(one) for one in wrong]}, ensure_ascii=False))
        return 1 if wrong else 0
    for one in wrong:
        say(str(one))
    say(
        f"{len(told.seats)} vị trí, {len(told.rights)} quyền theo nhật ký; {len(wrong)} điểm khác / "
        f"{len(told.seats)} seats, {len(told.rights)} rights by the ledger; {len(wrong)} differences"
    )
    return 1 if wrong else 0
