"""A draft of a regulation that somebody else proposed, and a review of rights half answered, for `scene`."""

from datetime import datetime, timedelta

from django.utils import timezone

from tests import province
from thienly.core.access.actor import Actor
from thienly.core.access.models import Right
from thienly.core.accounts.models import Account
from thienly.core.registry.models import Camera
from thienly.core.regulation import activation, in_force, shelf
from thienly.core.regulation.models import Version
from thienly.core.reviews import services
from thienly.core.reviews.models import Item, UnitReview
from thienly.core.reviews.seeing import count_quarter
from thienly.core.units.models import Unit

CHANGES = (
    ("  version: 1\n", "  version: 2\n"),
    ("to: cam_admin, actions: [config.device, admin.accounts]", "to: cam_admin, actions: [admin.accounts]"),
    ("n: 5, unit: working_day", "n: 3, unit: working_day"),
)


def rights(now: datetime) -> None:
    activation.adopt_first(now=now)
    count_quarter(now=now)
    in_force.forget()
    admin = Account.objects.get(username="quantri")
    unit = admin.seats.get().unit
    other = province.person("soanthao", "Lê Thị Soạn")
    province.seat(other, unit, "central_admin")
    text = shelf.shelf().books["QN", 1].text
    for before, after in CHANGES:
        text = text.replace(before, after)
    day = timezone.localdate(now) + timedelta(days=6)
    activation.propose(actor=Actor.person(other), text=text, begins=day)
    office = province.unit("Sở Giao thông vận tải", ["data_user"])
    head = province.person("truongso", "Nguyễn Văn Trưởng")
    head.password = admin.password
    head.save()
    province.seat(head, office, "unit_head")
    for number in range(40):
        province.seat(province.person(f"canbo{number}", f"Cán bộ {number:02}"), office, "user_member")
    services.open_campaign(actor=Actor.person(admin), now=now - timedelta(days=25))
    for number, item in enumerate(Item.objects.filter(holder__username__startswith="canbo")[:3]):
        services.decide(
            actor=Actor.person(head),
            review_id=item.review_id,
            item_id=item.pk,
            decision="revoked" if number == 1 else "certified",
            reason="Đã đối chiếu quyết định phân công",
            seen="",
            now=now,
        )


def draft_path() -> str:
    case = Version.objects.get(number=2).case
    assert case is not None
    return f"/regulation/drafts/{case.year}-{case.number}/"


def review_path() -> str:
    review = UnitReview.objects.get(unit__name="Sở Giao thông vận tải")
    return f"/reviews/{review.pk.hex}/"


def beside(now: datetime) -> list[tuple[str, str, str]]:
    """What stands beside roles, and what a unit was given; the pages to look at."""
    office = Unit.objects.get(name="Sở Giao thông vận tải")
    head = Account.objects.get(username="truongso")
    holder, deputy = (Account.objects.get(username=f"canbo{number}") for number in (5, 6))
    seat = holder.seats.get()
    camera = Camera.objects.select_related("site").order_by("code")[0]
    until = now + timedelta(days=9)
    province.right(seat, actions=["view.live", "view.playback"], sites=[camera.site], valid_to=until)
    province.right(
        deputy.seats.get(),
        kind=Right.Kind.DELEGATION,
        actions=["approve"],
        entry="",
        lender=head.seats.get(),
        valid_to=now + timedelta(days=60),
    )
    province.remit(office, site=camera.site, work="Đường ven biển")
    province.remit(office, area=province.area("06652", "Phường Hà Tu"))
    return [
        ("rights", "quantri", "/rights/"),
        ("person-given", "quantri", f"/people/{holder.id.hex}/"),
        ("own-seat", "truongso", "/me/"),
        ("unit-short", "quantri", f"/units/{office.id.hex}/"),
        ("units-short", "quantri", "/units/?short=1"),
        ("key-new", "quantri", "/keys/new/"),
    ]
