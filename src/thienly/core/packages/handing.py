"""Who is given a package, and what becomes of it: the chain of custody, one row for each act."""

from pathlib import Path
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.extraction.facts import cameras_of
from thienly.core.extraction.models import Extraction
from thienly.core.extraction.ordering import release_of, require_release
from thienly.core.extraction.reading import fetch_request
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.packages.files import path_of
from thienly.core.packages.models import ACTS, Handling, Package
from thienly.core.registry.models import Camera
from thienly.core.service import service
from thienly.core.text import normalise
from thienly.rules.actions import Action
from thienly.rules.extraction import ASKERS

LATER = ("used_further", "returned", "destroyed", "misused")
"""What is told of a package after it was handed over."""


def package_of(request: Extraction) -> Package | None:
    """The last that was made."""
    return request.packages.order_by("-made_at").first()


def may_take(actor: Actor, request: Extraction) -> bool:
    """Of what was revoked nobody is given anything."""
    return request.case.state == "extracted" and _entitled(actor, request)


def _entitled(actor: Actor, request: Extraction) -> bool:
    """Who extracts from every one of its cameras; and who performs or asked, as long as his post has anything
    to do with each of them and none has become a State secret."""
    own = actor.account is not None and actor.account.pk in (request.performer_id, request.case.opened_by_id)
    cameras = cameras_of(request)
    return bool(cameras) and all(_reaches(actor, camera, own=own) for camera in cameras)


def _reaches(actor: Actor, camera: Camera, *, own: bool) -> bool:
    if gate.decide(actor=actor, action=Action.EXTRACT, obj=camera).allow:
        return True
    return (
        own
        and not camera.secret
        and any(gate.decide(actor=actor, action=one, obj=camera).visible for one in ASKERS)
    )


@service
def take(*, actor: Actor, case_id: UUID | str) -> tuple[Package, Path]:
    """The file, to be loaded down; each time is a row. Raises OutsideScope; NotAllowed for who may not, or
    while the copy may not go to its recipient; ValidationError when there is no package."""
    request, package = _released(actor, case_id)
    path = path_of(package.id)
    if not path.exists():
        raise ValidationError(_("The file of this package is no longer here."), "gone")
    _add(actor, request, package, act="taken")
    return package, path


@service
def hand_over(*, actor: Actor, case_id: UUID | str, recipient: str, receipt: str, note: str = "") -> Handling:
    """The package went to its recipient, who signed for it. Raises as `take`, ValidationError by field."""
    request, package = _released(actor, case_id)
    recipient, receipt = normalise(recipient)[:200], normalise(receipt)[:200]
    errors = {}
    if not recipient:
        errors["recipient"] = [_("Say who received it, with post or identity paper.")]
    if not receipt:
        errors["receipt"] = [_("Give number and date of the receipt that the recipient signed.")]
    if errors:
        raise ValidationError(errors)
    return _add(actor, request, package, act="handed_over", recipient=recipient, receipt=receipt, note=note)


@service
def follow(*, actor: Actor, case_id: UUID | str, act: str, note: str) -> Handling:
    """What became of it later (`LATER`). Raises as `take`, ValidationError by field."""
    request, package = _released(actor, case_id)
    if act not in LATER:
        raise ValidationError({"act": [_("Choose what happened.")]})
    if not normalise(note):
        raise ValidationError({"note": [_("Say in words what happened, by whom and when.")]})
    return _add(actor, request, package, act=act, note=note)


def _released(actor: Actor, case_id: UUID | str) -> tuple[Extraction, Package]:
    request = fetch_request(actor=actor, case_id=case_id)
    if not _entitled(actor, request):
        for camera in cameras_of(request):
            gate.require(actor=actor, action=Action.EXTRACT, obj=camera)
    if request.case.state == "revoked":
        raise ValidationError(_("The approval was revoked: the package is given to nobody."), "revoked")
    if release_of(request, timezone.now()) not in ("own", "allowed"):
        require_release(actor=actor, case_id=case_id)
    package = package_of(request)
    if package is None:
        raise ValidationError(_("There is no package yet."), "none")
    return request, package


def _add(
    actor: Actor,
    request: Extraction,
    package: Package,
    *,
    act: str,
    recipient: str = "",
    receipt: str = "",
    note: str = "",
) -> Handling:
    assert act in ACTS and actor.account is not None  # noqa: S101 - machines hold no right to extract
    now = timezone.now()
    row = Handling.objects.create(
        package=package,
        act=act,
        by=actor.account,
        at=now,
        recipient=recipient,
        receipt=receipt,
        note=normalise(note)[:1000],
    )
    record(
        actor=actor,
        kind=Kind.PACKAGE_HANDLED,
        obj=request.case,
        camera=request.case.camera,
        purpose=request.purpose,
        detail={
            "act": act,
            "sha256": package.sha256,
            **({"recipient": recipient, "receipt": receipt} if recipient else {}),
            **({"note": row.note} if row.note else {}),
        },
        at=now,
    )
    return row
