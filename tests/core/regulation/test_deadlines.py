"""No clock of a regulation starts before the regulation was in force, and each keeps its version."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from thienly.core.regulation import activation, in_force
from thienly.core.regulation.deadlines import NotInForceYetError, deadline

HERE = timezone.get_default_timezone()

pytestmark = pytest.mark.django_db


@pytest.mark.req_part("QN-001")
def test_an_event_before_the_regulation_has_no_deadline_under_it_and_says_so() -> None:
    activation.adopt_first(now=timezone.now())
    in_force.forget()
    last_day_before = datetime(2023, 8, 31, 23, 59, tzinfo=HERE)
    with pytest.raises(NotInForceYetError) as early:
        deadline(
            trigger="fault_detected_or_notified",
            event=last_day_before,
            sector="security",
            due_of=lambda limit: last_day_before + timedelta(days=limit.n),
        )
    assert early.value.cite == "QN Đ14.2"
    first_day = datetime(2023, 9, 1, 0, 1, tzinfo=HERE)
    found = deadline(
        trigger="fault_detected_or_notified",
        event=first_day,
        sector="security",
        due_of=lambda limit: first_day + timedelta(days=limit.n),
    )
    assert found is not None and found[0] == first_day + timedelta(days=5) and found[1].cite == "QN Đ14.2"
    nothing = deadline(trigger="nothing", event=first_day, sector="security", due_of=lambda limit: first_day)
    assert nothing is None
