"""Rows of history as sentences, and the groups in which they are filtered."""

from django.utils.translation import gettext as _

from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.pictures.words import picture_words
from thienly.core.recording.words import problem_words
from thienly.web.words.accounts import account_acts
from thienly.web.words.availability import availability_acts
from thienly.web.words.cases import step_words
from thienly.web.words.continuity import continuity_acts
from thienly.web.words.extraction import extraction_acts, request_step_words
from thienly.web.words.quality import quality_acts
from thienly.web.words.reasons import action_words
from thienly.web.words.reviews import review_acts
from thienly.web.words.states import state_words
from thienly.web.words.units import unit_acts
from thienly.web.words.unusual import unusual_words

GROUPS: dict[str, tuple[Kind, ...]] = {
    "footage": (
        Kind.LIVE_OPENED,
        Kind.LIVE_CLOSED,
        Kind.PLAYBACK_OPENED,
        Kind.PLAYBACK_CLOSED,
        Kind.LISTEN_OPENED,
        Kind.LISTEN_CLOSED,
        Kind.SNAPSHOT_TAKEN,
        Kind.THUMBNAILS_SHOWN,
        Kind.VIEWING_UNUSUAL,
        Kind.FOOTAGE_DELETED,
        Kind.HOLD_PLACED,
        Kind.HOLD_ENDING,
        Kind.BOOKMARK_ADDED,
        Kind.BOOKMARK_REMOVED,
        Kind.FOOTAGE_RESTORED,
    ),
    "extraction": (
        Kind.EXTRACTION_DRAFTED,
        Kind.EXTRACTION_SENT,
        Kind.EXTRACTION_DECIDED,
        Kind.EXTRACTION_ORDERED,
        Kind.EXTRACTION_HELD_UP,
        Kind.EXTRACTION_JUSTIFIED,
        Kind.EXTRACTION_REMINDED,
        Kind.EXTRACTION_OVERDUE,
        Kind.EXTRACTION_SEEN,
        Kind.EXTRACTIONS_EXPORTED,
        Kind.PACKAGE_MADE,
        Kind.PACKAGE_HANDLED,
        Kind.DOCUMENT_STORED,
        Kind.DOCUMENT_READ,
        Kind.DOCUMENT_REVOKED,
    ),
    "refused": (Kind.REFUSED,),
    "door": (
        Kind.SIGNED_IN,
        Kind.SIGN_IN_FAILED,
        Kind.LOCKED_OUT,
        Kind.SIGNED_OUT,
        Kind.SESSION_ENDED,
        Kind.SESSION_LOCKED,
        Kind.SESSION_UNLOCKED,
        Kind.UNLOCK_FAILED,
        Kind.SESSIONS_TOGETHER,
        Kind.SESSIONS_EXPLAINED,
        Kind.KEY_USED,
        Kind.KEY_REFUSED,
    ),
    "people": (
        Kind.ACCOUNT_CREATED,
        Kind.ACCOUNT_CHANGED,
        Kind.ACCOUNT_SUSPENDED,
        Kind.ACCOUNT_RESTORED,
        Kind.PASSWORD_CHANGED,
        Kind.MFA_CHANGED,
        Kind.MFA_RESET,
        Kind.ACKNOWLEDGED,
        Kind.IDENTITY_LINKED,
        Kind.IDENTITY_UNLINKED,
        Kind.KEY_ISSUED,
        Kind.KEY_REVOKED,
        Kind.SEAT_APPOINTED,
        Kind.SEAT_ENDED,
        Kind.SEAT_RECEIVED,
        Kind.SEATS_HANDED_OVER,
        Kind.RIGHT_GIVEN,
        Kind.RIGHT_ENDED,
        Kind.RIGHTS_ASKED,
    ),
    "register": (
        Kind.UNIT_CREATED,
        Kind.UNIT_CHANGED,
        Kind.UNIT_ENDED,
        Kind.SITE_PASSED,
        Kind.REORGANISATION_DECIDED,
        Kind.REORGANISATION_APPLIED,
        Kind.AREAS_IMPORTED,
        Kind.SITE_PLACED,
        Kind.REMIT_GIVEN,
        Kind.REMIT_ENDED,
        Kind.SITE_CREATED,
        Kind.CAMERA_REGISTERED,
        Kind.CAMERA_CHANGED,
        Kind.CAMERA_RETIRED,
        Kind.CAMERA_PROBED,
        Kind.CAMERA_TESTED,
    ),
    "state": (
        Kind.CAMERA_STATE_CHANGED,
        Kind.GAP_RECORDED,
        Kind.KEEPING_JUDGED,
        Kind.RECORDER_CLOCK,
        Kind.PICTURE_PROBLEM,
        Kind.PICTURE_FINE,
        Kind.PICTURE_ACCEPTED,
    ),
    "continuity": (
        Kind.OUTAGE_PLANNED,
        Kind.OUTAGE_WITHDRAWN,
        Kind.OUTAGE_CLASSIFIED,
        Kind.VIOLATION_SUSPECTED,
        Kind.CONTINUITY_ASSESSED,
        Kind.CONTINUITY_SIGNED,
        Kind.CONTINUITY_EXPORTED,
        Kind.COVERAGE_REREAD,
        Kind.RETENTION_SET,
    ),
    "availability": (
        Kind.SERVICE_WATCHED,
        Kind.SERVICE_LOST,
        Kind.SERVICE_BACK,
        Kind.SERVICE_RETIRED,
        Kind.OUTAGE_ACKNOWLEDGED,
        Kind.AVAILABILITY_SEALED,
        Kind.QUALITY_EXPORTED,
    ),
    "cases": (Kind.CASE_OPENED, Kind.CASE_STEPPED),
    "reviews": (
        Kind.REVIEW_OPENED,
        Kind.REVIEW_DECIDED,
        Kind.REVIEW_REMINDED,
        Kind.REVIEW_ESCALATED,
        Kind.REVIEW_LAPSED,
        Kind.REVIEW_EXPORTED,
        Kind.SEEING_COUNTED,
    ),
    "system": (
        Kind.LEDGER_SEARCHED,
        Kind.LEDGER_EXPORTED,
        Kind.LAYOUT_SAVED,
        Kind.INSTALLED,
        Kind.KEY_ROTATED,
        Kind.BUS_MEMBER_ISSUED,
        Kind.BUS_MEMBER_REVOKED,
        Kind.COPY_LOST,
        Kind.RESTORE_TESTED,
        Kind.RESTORE_TEST_ASKED,
        Kind.RESTORE_OVERDUE,
        Kind.PARAMETER_SETTLED,
        Kind.REGULATION_ADOPTED,
        Kind.REGULATION_PROPOSED,
        Kind.REGULATION_APPROVED,
        Kind.REGULATION_WITHDRAWN,
        Kind.REGULATION_ENTERED,
        Kind.DISK_ENCRYPTION,
        Kind.ZONES_CHANGED,
    ),
}

ICONS = {
    "footage": "camera",
    "extraction": "export",
    "refused": "refused",
    "door": "leave",
    "people": "people",
    "register": "document",
    "state": "offline",
    "continuity": "document",
    "availability": "shield",
    "cases": "document",
    "reviews": "people",
    "system": "shield",
}


def group_words() -> dict[str, str]:
    return {
        "footage": _("Footage seen"),
        "extraction": _("Extraction and provision"),
        "refused": _("Refusals"),
        "door": _("Sign-in and sign-out"),
        "people": _("Accounts and roles"),
        "register": _("Units, sites, cameras"),
        "state": _("States of cameras"),
        "continuity": _("Continuity"),
        "availability": _("Availability of the platform"),
        "cases": _("Faults"),
        "reviews": _("Review of rights"),
        "system": _("System"),
    }


def group_of(kind: str) -> str:
    return next((name for name, kinds in GROUPS.items() if kind in kinds), "system")


def actor_words(entry: Entry) -> str:
    """Who did it: a person's name, a process, or somebody not signed in."""
    if entry.actor_kind == "anonymous":
        return _("Somebody not signed in")
    if entry.actor_kind == "machine":
        return _("The system (%(name)s)") % {"name": entry.actor_label}
    return entry.actor_label


def act_words(entry: Entry) -> str:
    """What was done, to follow the actor's name in one sentence."""
    what = entry.object_label or entry.object_id[:8]
    detail = entry.detail if isinstance(entry.detail, dict) else {}
    words = {
        Kind.SIGNED_IN: _("signed in"),
        Kind.SIGN_IN_FAILED: _("tried to sign in and failed") + (f": {what}" if what else ""),
        Kind.LOCKED_OUT: _("was locked out after too many attempts") + (f": {what}" if what else ""),
        Kind.SIGNED_OUT: _("signed out"),
        Kind.ACCOUNT_CREATED: _("issued the account of %(what)s"),
        Kind.ACCOUNT_CHANGED: _("changed the account of %(what)s"),
        Kind.ACCOUNT_SUSPENDED: _("suspended the account of %(what)s"),
        Kind.ACCOUNT_RESTORED: _("restored the account of %(what)s"),
        Kind.PASSWORD_CHANGED: _("set the password of %(what)s"),
        Kind.MFA_CHANGED: _("changed the second step at sign-in"),
        Kind.SEAT_APPOINTED: _("gave a role: %(what)s"),
        Kind.SEAT_ENDED: _("ended a role: %(what)s"),
        Kind.SEAT_RECEIVED: _("acknowledged receipt of a role: %(what)s"),
        Kind.SEATS_HANDED_OVER: _("ended everything that %(what)s held"),
        Kind.RIGHT_GIVEN: _("gave a right beside the role: %(what)s"),
        Kind.RIGHT_ENDED: _("ended a right beside the role: %(what)s"),
        Kind.RIGHTS_ASKED: _("asked what %(what)s may do, and why"),
        Kind.UNIT_CREATED: _("entered the unit %(what)s"),
        Kind.SITE_CREATED: _("entered the site %(what)s"),
        Kind.CAMERA_REGISTERED: _("entered the camera %(what)s"),
        Kind.CAMERA_CHANGED: _("changed the camera %(what)s"),
        Kind.CAMERA_RETIRED: _("retired the camera %(what)s"),
        Kind.CAMERA_PROBED: _("tried the connection to the camera %(what)s"),
        Kind.LIVE_OPENED: _("opened the live picture of %(what)s"),
        Kind.LIVE_CLOSED: _("closed the live picture of %(what)s"),
        Kind.PLAYBACK_OPENED: _("opened recordings of %(what)s"),
        Kind.PLAYBACK_CLOSED: _("closed recordings of %(what)s"),
        Kind.LISTEN_OPENED: _("began to listen to %(what)s"),
        Kind.LISTEN_CLOSED: _("stopped listening to %(what)s"),
        Kind.SNAPSHOT_TAKEN: _("kept a picture of %(what)s"),
        Kind.FOOTAGE_DELETED: _deleted(detail),
        Kind.PARAMETER_SETTLED: _("settled by a document what a regulation leaves open: %(what)s"),
        Kind.HOLD_PLACED: _("held recordings: %(what)s"),
        Kind.HOLD_ENDING: _("reports that a hold will end soon: %(what)s"),
        Kind.KEY_ROTATED: _("replaced the signing key of a recorder"),
        Kind.BUS_MEMBER_ISSUED: _("issued a certificate for the bus"),
        Kind.BUS_MEMBER_REVOKED: _("shut a certificate out from the bus"),
        Kind.CASE_OPENED: _opened(detail),
        Kind.THUMBNAILS_SHOWN: _("looked at small pictures of recordings of %(what)s"),
        Kind.BOOKMARK_ADDED: _("marked a moment in recordings: %(what)s"),
        Kind.BOOKMARK_REMOVED: _("removed a bookmark: %(what)s"),
        Kind.FOOTAGE_RESTORED: _("brought recordings of %(what)s back from their store"),
        Kind.COPY_LOST: _("misses copies of recordings of %(what)s in a store"),
        Kind.RESTORE_TESTED: (
            _("restored a recording of %(what)s on trial")
            if detail.get("ok")
            else _("failed to restore a recording of %(what)s on trial")
        ),
        Kind.RESTORE_TEST_ASKED: _("had a restore tried: %(what)s"),
        Kind.RESTORE_OVERDUE: _("reports that a restore test is overdue: %(what)s"),
        Kind.DISK_ENCRYPTION: _("found a disk encrypted: %(what)s")
        if detail.get("encrypted")
        else _("found a disk not encrypted, as it should be: %(what)s"),
        Kind.PICTURE_PROBLEM: _("found the picture of %(what)s: %(problem)s"),
        Kind.PICTURE_FINE: _("the picture of %(what)s is no longer %(problem)s"),
        Kind.PICTURE_ACCEPTED: _("called the picture of %(what)s normal"),
        Kind.ZONES_CHANGED: _("found other network zones in the configuration: %(what)s"),
        Kind.VIEWING_UNUSUAL: _("found unusual viewing by %(what)s: %(found)s"),
        Kind.LEDGER_SEARCHED: _("searched the history"),
        Kind.LEDGER_EXPORTED: _("took a part of the history with its proof"),
        Kind.LAYOUT_SAVED: _("saved the layout %(what)s"),
        Kind.INSTALLED: _("set up this installation"),
    }
    if entry.kind == Kind.REFUSED:
        return _refused(entry, detail, what)
    if entry.kind == Kind.CASE_STEPPED:
        words_of = request_step_words if detail.get("case") == "extraction" else step_words
        return _("%(what)s: %(step)s") % {"what": what, "step": words_of(str(detail.get("action", "")))}
    if entry.kind == Kind.CAMERA_STATE_CHANGED:
        state = state_words(str(detail.get("after", detail.get("state", ""))))
        reason = problem_words(str(detail.get("problem") or ""))
        text = _("camera %(what)s: %(state)s") % {"what": what, "state": state.lower()}
        return f"{text} ({reason})" if reason else text
    if entry.kind == Kind.RECORDER_CLOCK:
        follows = _("the clock of recorder %(what)s follows a time server")
        strays = _("the clock of recorder %(what)s follows no time server")
        return (follows if detail.get("after") else strays) % {"what": what}
    if entry.kind == Kind.GAP_RECORDED:
        reason = problem_words(str(detail.get("reason", "")))
        return _("gap in the recording of %(what)s: %(reason)s") % {"what": what, "reason": reason}
    words |= continuity_acts() | availability_acts(entry) | quality_acts() | account_acts()
    words |= unit_acts() | review_acts() | extraction_acts()
    filled = {"what": what, "problem": picture_words(str(detail.get("picture_problem", "")))}
    words |= continuity_acts() | availability_acts(entry) | quality_acts() | unit_acts() | review_acts()
    found = unusual_words(detail) if entry.kind == Kind.VIEWING_UNUSUAL else ""
    filled = {"what": what, "found": found, "problem": picture_words(str(detail.get("picture_problem", "")))}
    return words[Kind(entry.kind)] % filled if entry.kind in Kind._value2member_map_ else entry.kind


def _opened(detail: dict[str, object]) -> str:
    words = {
        "hold": _("asked for a hold: %(what)s"),
        "reorganisation": _("began to compose a reorganisation: %(what)s"),
        "regulation_activation": _("opened a case: %(what)s"),
        "access_review": _("opened a case: %(what)s"),
        "extraction": _("opened a case: %(what)s"),
    }
    return words.get(str(detail.get("case")), _("reported a fault: %(what)s"))


def _deleted(detail: dict[str, object]) -> str:
    words = {
        "below_floor": _("deleted recordings of %(what)s below the prescribed minimum: the disk was full"),
        "target": _("deleted recordings of %(what)s: room was needed"),
        "space": _("deleted recordings of %(what)s: room was needed"),
        "missing": _("found that recordings of %(what)s are not there any more"),
        "damaged": _("found that recordings of %(what)s are damaged"),
    }
    return words.get(str(detail.get("reason")), _("deleted expired recordings of %(what)s"))


def _refused(entry: Entry, detail: dict[str, object], what: str) -> str:
    action = action_words(str(detail.get("action", "")))
    if detail.get("status") == 404:
        text = _("was refused, outside the scope: %(action)s") % {"action": action}
    else:
        text = _("was refused: %(action)s") % {"action": action}
    return f"{text}, {what}" if what else text
