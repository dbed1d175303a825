"""Whatever people try in whatever order, a case stays on its table."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.core.world import World, person
from thienly.core.access.refusal import Refused
from thienly.core.cases.engine import Conflict, open_case, step
from thienly.core.cases.models import Case, Step
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.rules.cases import IllegalStep
from thienly.rules.fault import FAULT

ACTIONS = ["acknowledge", "repair", "close", "reopen", "destroy"]
attempts = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(ACTIONS), st.integers(-1, 0)), max_size=14)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(attempts=attempts)
def test_no_sequence_of_attempts_leaves_the_table(world: World, attempts: list[tuple[int, str, int]]) -> None:
    n = Case.objects.count()
    people = [
        person(f"k{n}", "Lê Văn Cảng", role="cam_admin", unit=world.port),
        person(f"l{n}", "Phạm Thị Bến", role="cam_admin", unit=world.port),
        person(f"v{n}", "Trần Thị Bình", role="central_operator", unit=world.centre),
    ]
    case = open_case(actor=people[0], kind=FAULT.kind, camera=world.quay, title="Mất hình")
    repairer = None
    for who, action, behind in attempts:
        before = Case.objects.get(pk=case.pk)
        try:
            step(
                actor=people[who],
                case_id=case.id,
                action=action,
                version=before.version + behind,
                note="ghi chú",
            )
        except (Conflict, IllegalStep, Refused) as refused:
            assert behind == -1 or not isinstance(refused, Conflict)
            after = Case.objects.get(pk=case.pk)
            assert (after.state, after.version) == (before.state, before.version)
            continue
        assert behind == 0
        after = Case.objects.get(pk=case.pk)
        assert (before.state, action, after.state) in {
            (f, t.action, t.to) for t in FAULT.transitions for f in t.frm
        }
        assert (after.closed_at is not None) == (after.state == "closed")
        if action == "close":
            assert people[who] is not repairer
        if action == "repair":
            repairer = people[who]
    taken = list(Step.objects.filter(case=case).order_by("id"))
    assert [s.before for s in taken[1:]] == [s.after for s in taken[:-1]]
    assert Case.objects.get(pk=case.pk).version == len(taken)
    told = Entry.objects.filter(object_id=case.id.hex, kind__in=[Kind.CASE_OPENED, Kind.CASE_STEPPED]).count()
    assert told == len(taken)
