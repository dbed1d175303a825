"""The document on which a seat or a right rests: number, date, issuer, signatory. Never a free "agreed"."""

from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from thienly.core.text import fold, normalise
from thienly.core.units.models import Unit
from thienly.rules.access import Reason, ReasonCode
from thienly.rules.hashchain import JSON
from thienly.rules.profile import Profile
from thienly.rules.profile_sections import Approval

Errors = dict[str, list[ValidationError]]


@dataclass(frozen=True, slots=True)
class Document:
    """`number`: 12/QĐ-UBND. `issuer`: the body. `signatory`: the person, with his post."""

    number: str
    issued: date | None
    issuer: str
    signatory: str

    @property
    def line(self) -> str:
        """`12/QĐ-UBND, 02/03/2026, UBND tỉnh`; at most 200 characters."""
        day = f"{self.issued:%d/%m/%Y}" if self.issued else ""
        return ", ".join(part for part in (self.number, day, self.issuer) if part)[:200]

    def tidy(self) -> "Document":
        return Document(
            normalise(self.number), self.issued, normalise(self.issuer), normalise(self.signatory)
        )

    def wrong(self) -> Errors:
        """What is missing, by field."""
        errors: Errors = {}
        if not 0 < len(self.number) <= 100:
            errors["number"] = [ValidationError(_("Give the number of the document."), "required")]
        if not 0 < len(self.issuer) <= 200:
            errors["issuer"] = [ValidationError(_("Say who issued the document."), "required")]
        if not 0 < len(self.signatory) <= 200:
            errors["signatory"] = [ValidationError(_("Say who signed the document."), "required")]
        if self.issued is None:
            errors["issued"] = [ValidationError(_("Give the date of the document."), "required")]
        elif self.issued > timezone.localdate():
            errors["issued"] = [ValidationError(_("The document is dated in the future."), "future")]
        return errors

    def told(self) -> dict[str, JSON]:
        """For the ledger."""
        return {
            "document": self.line,
            "number": self.number,
            "issued": self.issued.isoformat() if self.issued else None,
            "issuer": self.issuer,
            "signatory": self.signatory,
        }


def incompetent(document: Document, approval: Approval, rules: Profile) -> Reason | None:
    """Why the issuer cannot agree to this under the regulation, or None when it can.

    It can when it bears the name of an approver's type of unit, or of a unit that has this function.
    """
    types = [unit for unit in rules.unit_types if unit.id in approval.approver]
    named = {fold(unit.vi) for unit in types}
    wanted = {unit.id for unit in types}
    for unit in Unit.objects.only("name", "folded", "functions"):
        if wanted & set(unit.functions):
            named.add(unit.folded)
    issuer = fold(document.issuer)
    if any(name and name in issuer for name in named):
        return None
    approver = "; ".join(unit.vi for unit in types)
    return Reason(
        ReasonCode.NOT_COMPETENT, rules.cited(approval), {"issuer": document.issuer, "approver": approver}
    )
