"""What the ledger is told of a seat or a right that begins: all that `replay` needs to know it again."""

from thienly.core.access.models import Right, Seat
from thienly.rules.hashchain import JSON


def seat_told(seat: Seat, *, cite: str) -> dict[str, JSON]:
    return {
        "account": seat.account_id.hex,
        "unit": seat.unit_id.hex,
        "profile": seat.profile,
        "role": seat.role,
        "cite": cite,
        "sector": seat.sector,
        "sites": [site.name for site in seat.sites.all()],
        "site_ids": sorted(site.id.hex for site in seat.sites.all()),
        "document": seat.document,
        "valid_from": seat.valid_from.isoformat(),
        "valid_to": seat.valid_to.isoformat() if seat.valid_to else None,
        "must_receive": seat.must_receive,
        "received_at": seat.received_at.isoformat() if seat.received_at else None,
        "assigning_unit": seat.assigning_unit,
        "succeeds": seat.succeeds_id.hex if seat.succeeds_id else None,
    }


def right_told(right: Right) -> dict[str, JSON]:
    """With its document."""
    sites = list(right.sites.all())
    return {
        "kind": right.kind,
        "seat": right.seat_id.hex,
        "account": right.seat.account_id.hex,
        "lender": right.lender_id.hex if right.lender_id else None,
        "profile": right.seat.profile,
        "entry": right.entry,
        "actions": list(right.actions),
        "purpose": right.purpose,
        "reason": right.reason,
        "sites": [site.name for site in sites],
        "site_ids": sorted(site.id.hex for site in sites),
        "cameras": sorted(camera.id.hex for camera in right.cameras.all()),
        "valid_from": right.valid_from.isoformat(),
        "valid_to": right.valid_to.isoformat(),
        "document": right.document[:200],
        "number": right.number,
        "issued": right.issued.isoformat(),
        "issuer": right.issuer,
        "signatory": right.signatory,
    }


def right_label(right: Right) -> str:
    return f"{right.seat.account} · {right.document}"
