"""What stands beside a role moves or ends with it on the day of a reorganisation, as the preview said."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests import province
from tests.core.units.reorganised import administrators, applied, end, noon, paper
from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.document import Document
from thienly.core.access.models import Right, Seat
from thienly.core.access.replay import differences, present, replay
from thienly.core.access.rights import Given, delegate, give_grant
from thienly.core.access.services import appoint
from thienly.core.accounts.models import Account
from thienly.core.registry.models import Site
from thienly.core.units import reorganising
from thienly.core.units.models import Unit
from thienly.core.units.previewing import preview
from thienly.rules.actions import Action
from thienly.rules.succession_facts import RightEnds

pytestmark = pytest.mark.django_db


def put(admin: Actor, account: Account, unit: Unit, role: str, *sites: Site) -> Seat:
    day = timezone.localdate()
    document = Document("12/QĐ-UBND", day, "UBND tỉnh", "Lê Văn Chủ")
    return appoint(
        actor=admin, account=account, unit=unit, profile="QN", role=role, document=document, sites=sites
    )


def given(*actions: Action, sites: tuple[Site, ...] = ()) -> Given:
    now = timezone.now()
    document = Document("45/QĐ-UBND", now.date(), "UBND tỉnh", "Lê Văn Chủ")
    return Given(set(actions), "bão", document, now + timedelta(days=30), sites=sites)


def test_a_grant_goes_on_a_delegation_out_of_the_unit_ends_and_the_ledger_tells_all_of_it() -> None:
    by = administrators()
    port, board = province.unit("Cảng", ["data_user"]), province.unit("Ban")
    mine = province.unit("Mỏ", ["camera_manager"])
    shaft = province.unit("Hầm", ["camera_manager"], parent=mine)
    own, further = province.site(mine, "Cổng mỏ"), province.site(mine, "Bãi mỏ")
    camera = province.camera(further, "MO-002")
    reader, keeper, deputy = (province.person(name) for name in ("doc", "giu", "pho"))
    seat = put(by[0], reader, port, "user_member", own)
    lender, receiver = put(by[0], keeper, mine, "cam_admin"), put(by[0], deputy, shaft, "cam_contact")
    grant = give_grant(actor=by[0], seat=seat, given=given(Action.VIEW_LIVE, sites=(further,)))
    lent = delegate(actor=Actor.person(keeper), lender=lender, seat=receiver, given=given(Action.VIEW_LIVE))
    tomorrow = timezone.localdate() + timedelta(days=1)
    acts = [end(port, board), {"act": "attach", "unit": shaft.id.hex, "parent": board.id.hex}]
    row = reorganising.compose(actor=by[0], title="Sắp xếp", paper=paper(tomorrow), acts=acts)
    seen = preview(row)
    assert [(one.person, one.kind, one.after) for one in seen.rights_moved] == [("doc", "grant", "Ban")]
    assert [(one.person, one.lender, one.outcome.why) for one in seen.rights_lost] == [
        ("pho", "giu", RightEnds.NOT_BELOW)
    ]
    applied(by, acts, day=tomorrow)
    grant.refresh_from_db()
    new = Right.objects.get(seat__unit=board)
    assert (grant.valid_to, new.number, list(new.sites.all())) == (new.valid_from, "45/QĐ-UBND", [further])
    lent.refresh_from_db()
    assert lent.valid_to <= noon(tomorrow) and "202/2025/QH15" in lent.ended_reason
    then = noon(tomorrow)
    may = gate.decide(actor=Actor.person(reader), action=Action.VIEW_LIVE, obj=camera, now=then)
    assert may.allow and may.grants[0].given == new.id.hex
    assert not gate.decide(actor=Actor.person(deputy), action=Action.VIEW_LIVE, obj=camera, now=then).allow
    assert not [one for one in differences(replay(), present()) if one.told]
