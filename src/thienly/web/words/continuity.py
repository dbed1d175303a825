"""Words of continuity: classes of outages, verdicts, broken promises of keeping, and acts in history."""

from django.utils.translation import gettext as _

from thienly.core.ledger.kinds import Kind
from thienly.core.recording.oldest import Standing
from thienly.core.registry.vocabulary import Sector, SiteKind
from thienly.rules.continuity import Verdict, Violation
from thienly.rules.outage import OutageClass


def class_words(cls: str) -> str:
    words = {
        OutageClass.POWER: _("power failure"),
        OutageClass.NETWORK: _("network failure"),
        OutageClass.DEVICE: _("device failure or wrong settings"),
        OutageClass.MANUAL: _("switched off or disconnected by somebody"),
        OutageClass.PLANNED: _("planned, announced before"),
        OutageClass.SABOTAGE: _("suspected sabotage"),
        OutageClass.PLATFORM: _("the recording system itself"),
        OutageClass.UNKNOWN: _("not established"),
    }
    return words[OutageClass(cls)]


def verdict_words(verdict: str) -> str:
    words = {
        Verdict.MET: _("met"),
        Verdict.MISSED: _("not met"),
        Verdict.NO_NUMBER: _("no number set by the regulation"),
        Verdict.NOTHING_EXPECTED: _("nothing was to be recorded"),
    }
    return words[Verdict(verdict)]


def violation_words(violation: str) -> str:
    """ "" for none."""
    words = {
        Violation.DELETED_EARLY: _("recordings were deleted before their time"),
        Violation.UNREADABLE: _("the oldest recording cannot be read, or was changed"),
        Violation.MISSING: _("recordings that should be there are missing"),
    }
    return words[Violation(violation)] if violation else ""


def standing_words(standing: str) -> str:
    """How the oldest footage of a camera stands to what is promised."""
    words = {
        Standing.BROKEN: _("the promise is broken"),
        Standing.UNPROVEN: _("not checked yet"),
        Standing.NOTHING: _("nothing was recorded yet"),
        Standing.YOUNG: _("everything since recording began"),
        Standing.KEPT: _("kept as promised"),
    }
    return words[Standing(standing)]


def class_of_scope(scope: str) -> str:
    """`all`, `sector:mining`, `site:mine` of a rule on keeping."""
    kind, _colon, name = scope.partition(":")
    if kind == "sector":
        return str(dict(Sector.choices).get(name, name))
    if kind == "site":
        return str(dict(SiteKind.choices).get(name, name))
    return _("all cameras")


def continuity_acts() -> dict[Kind, str]:
    """To follow the actor's name in one sentence."""
    return {
        Kind.OUTAGE_PLANNED: _("announced an outage: %(what)s"),
        Kind.OUTAGE_WITHDRAWN: _("withdrew the announcement of an outage: %(what)s"),
        Kind.OUTAGE_CLASSIFIED: _("said what the outage was: %(what)s"),
        Kind.VIOLATION_SUSPECTED: _("suspects a violation: %(what)s"),
        Kind.CONTINUITY_ASSESSED: _("assessed the continuity: %(what)s"),
        Kind.CONTINUITY_SIGNED: _("signed the assessment of continuity: %(what)s"),
        Kind.CONTINUITY_EXPORTED: _("exported the figures of continuity: %(what)s"),
        Kind.COVERAGE_REREAD: _("read the coverage again from the recorders"),
        Kind.RETENTION_SET: _("keeps recordings by a new version of the rules: %(what)s"),
        Kind.KEEPING_JUDGED: _("checked what can still be played: %(what)s"),
    }
