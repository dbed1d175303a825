"""Many requests decided at the same time, each by two approvers at once: none is lost, none decided twice."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from tests.core.extraction.scene import Scene, agree
from tests.core.world import World, person
from thienly.core.access.actor import Actor
from thienly.core.cases.engine import Conflict
from thienly.core.extraction.models import Extraction, Verdict
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.rules.cases import IllegalStep

pytestmark = pytest.mark.django_db(transaction=True)

REQUESTS = int(os.environ.get("THIENLY_RACES", "12"))
"""A hundred take about a minute; both databases have been through them."""
TRIES = 40


def test_requests_that_two_approvers_decide_at_once_are_each_decided_once() -> None:
    scene = Scene.build(World.build())
    second = person("pho", "Võ Văn Phó", role="cam_contact", unit=scene.world.port)
    sent = [scene.ask(why=f"Vụ việc {number}").case_id for number in range(REQUESTS)]

    def decide(job: tuple[Actor, object]) -> str:
        actor, case_id = job
        try:
            for _ in range(TRIES):  # a database that is busy is asked again, as a page is
                try:
                    agree(actor, Extraction.objects.get(pk=case_id))
                    return "decided"
                except OperationalError:
                    continue
                except (Conflict, IllegalStep):
                    return "faster"
            return "busy"
        finally:
            connection.close()

    jobs = [(actor, case_id) for case_id in sent for actor in (scene.head, second)]
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(decide, jobs))
    assert (said.count("decided"), said.count("faster")) == (REQUESTS, REQUESTS)
    assert Verdict.objects.count() == REQUESTS
    done = Extraction.objects.filter(case__state="ordered", ordered_at__lte=timezone.now())
    assert done.count() == REQUESTS
    assert Entry.objects.filter(kind=Kind.EXTRACTION_ORDERED).count() == REQUESTS
