"""Why a reorganisation is refused, in sentences with their articles."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from thienly.rules.succession_facts import Fault, Problem


def refused(problem: Problem) -> ValidationError:
    return ValidationError(gettext_lazy("%(why)s"), problem.code.value, {"why": sentence(problem)})


def sentence(problem: Problem) -> str:
    """One sentence, with the articles that place the units it is about."""
    words = _words(problem.code) % problem.facts
    return f"{words} ({problem.cite})" if problem.cite else words


def _words(code: Fault) -> str:
    words = {
        Fault.EMPTY: _("The plan changes nothing yet: add what happens to which unit."),
        Fault.UNKNOWN_UNIT: _("There is no unit %(unit)s, nor does the plan found one."),
        Fault.UNKNOWN_SITE: _("There is no site %(site)s."),
        Fault.NOT_IN_BEING: _("%(unit)s does not exist on that day."),
        Fault.OVERLAP: _(
            "What holds of %(unit)s since %(since)s was laid down already: two states would hold at once. "
            "Choose a later day."
        ),
        Fault.NAME_TAKEN: _("Two units below the same one would be called %(unit)s."),
        Fault.CYCLE: _("%(unit)s would stand below itself."),
        Fault.ENDED_PARENT: _("%(unit)s would stand below %(parent)s, which does not exist then."),
        Fault.ENDED_SUCCESSOR: _("%(unit)s cannot pass to %(successor)s, which ends by the same decision."),
        Fault.ORPHANED_SITE: _(
            "%(site)s (%(cameras)s cameras) would belong to nobody when %(unit)s ends: every camera has "
            "exactly one managing unit. Say to whom it goes."
        ),
        Fault.ORPHANED_UNIT: _(
            "%(unit)s stands below %(parent)s, which ends: say below whom it stands then."
        ),
        Fault.KEEPERLESS: _(
            "%(unit)s would keep %(cameras)s cameras without any function: nobody could answer for them."
        ),
        Fault.UNKNOWN_FUNCTION: _("No regulation in force knows the function %(function)s."),
        Fault.NOT_HELD: _("%(unit)s does not have the function “%(function)s” that it would pass on."),
        Fault.SINGLE: _("Only one unit may be “%(function)s”; afterwards these would be: %(units)s."),
        Fault.TWICE: _("Two acts say different things about %(unit)s."),
        Fault.WAITS: _(
            "Another decision about the same units, %(document)s, waits for its day: what this one comes to "
            "is known only after it. Undo that one, or wait."
        ),
    }
    return words[code]
