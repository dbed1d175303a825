"""The facts kept with a row of history, for reading: names and values in the reader's words."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from thienly.core.ledger.models import Entry
from thienly.core.pictures.words import ended_words, picture_words
from thienly.core.recording.words import problem_words
from thienly.core.regulation.shelf import profiles
from thienly.rules.access import Reason
from thienly.rules.continuity import Verdict, Violation
from thienly.rules.outage import OutageClass
from thienly.rules.problems import Problem
from thienly.web.words.accounts import account_names, account_values
from thienly.web.words.continuity import class_words, verdict_words, violation_words
from thienly.web.words.reasons import action_words, explain
from thienly.web.words.rules import language_now
from thienly.web.words.states import state_words

MACHINES_ONLY = {
    "stream",
    "of",
    "spans",
    "gap",
    "finding",
    "outage",
    "seat",
    "seats",
    "ended_seats",
    "site_ids",
    "lender",
    "entry",
    "begun",
    "succeeds",
    "successor",
    "site_id",
    "account",
    "status",
    "fragments",
    "skipped",
    "latitude",
    "longitude",
    "right",
    "sha256",
    "found",
}
"""Ids and counters that help nobody who reads; they stay in the record itself and in its seal."""

STATES = {"recording", "offline", "connecting", "stopped", "unknown", "retired"}


def detail_rows(entry: Entry) -> list[tuple[str, str]]:
    """Name and value of each fact; a name without words stands as it is."""
    detail = entry.detail if isinstance(entry.detail, dict) else {}
    rows = [
        (_name(name), _value(name, value))
        for name, value in detail.items()
        if name not in MACHINES_ONLY and value not in (None, "", [], {})
    ]
    return [*rows, (_("Purpose"), purpose_words(entry.purpose))] if entry.purpose else rows


def purpose_words(purpose: str) -> str:
    """As the regulation writes it."""
    for rules in profiles().values():
        for known in rules.purposes:
            if known.id == purpose:
                return known.label(language_now())
    return purpose


def _name(name: str) -> str:
    words = {
        "action": _("Act"),
        "actions": _("May do"),
        "after": _("After"),
        "agreed": _("Agreed"),
        "applicant": _("Asked by"),
        "basis": _("Legal basis"),
        "codes": _("Cameras"),
        "gates": _("Decided on"),
        "late": _("Too late"),
        "performer": _("Performed by"),
        "post": _("Post"),
        "reasons_held": _("In the way"),
        "recipient": _("Recipient"),
        "release": _("Handing over"),
        "requester": _("Asked by"),
        "sort": _("Kind"),
        "urgency": _("Urgency"),
        "aliases": _("Other spellings"),
        "at": _("Moment"),
        "audio": _("Sound"),
        "before": _("Before"),
        "bytes": _("Bytes"),
        "cameras": _("Cameras"),
        "case": _("Kind"),
        "cite": _("Article"),
        "code": _("Code"),
        "device": _("Device"),
        "document": _("Decision"),
        "fingerprint": _("Fingerprint of the certificate"),
        "from": _("From"),
        "held_until": _("The hold ends"),
        "floor_days": _("Days promised"),
        "functions": _("Functions"),
        "gateway": _("Gateway"),
        "inferred": _("Found by the system"),
        "instruction": _("Instruction"),
        "assigning_unit": _("Assigned by"),
        "issued": _("Date of the document"),
        "issuer": _("Issued by"),
        "must_receive": _("To be received"),
        "number": _("Number of the document"),
        "received_at": _("Received"),
        "signatory": _("Signed by"),
        "purpose": _("Purpose"),
        "kind": _("Kind"),
        "kinds": _("Kind"),
        "known": _("Such an account exists"),
        "methods": _("Proved by"),
        "month": _("Month"),
        "name": _("Name"),
        "note": _("Note"),
        "oldest": _("Oldest recording"),
        "ok": _("Restored"),
        "only_copy": _("Nowhere else"),
        "own": _("By oneself"),
        "parent": _("Unit above"),
        "password": _("Password"),
        "person": _("Person"),
        "problem": _("Reason"),
        "parameter": _("Left open by the text"),
        "profile": _("Regulation"),
        "ratio": _("Part recorded"),
        "picture": _("Stream"),
        "picture_problem": _("Picture quality"),
        "ended": _("How it ended"),
        "pictures": _("Streams shown"),
        "encrypted": _("Encrypted"),
        "place": _("Written to"),
        "scope": _("Cameras"),
        "begins": _("Holds from"),
        "decision": _("Answer"),
        "due": _("Until"),
        "persons": _("Persons"),
        "rights": _("Rights"),
        "suspended": _("Suspended"),
        "units": _("Units"),
        "version": _("Version"),
        "target_days": _("Kept, days"),
        "ceiling_days": _("Longest, days"),
        "reason": _("Reason"),
        "reasons": _("Reason"),
        "record": _("Recording"),
        "recorder": _("Recorder"),
        "retired_at": _("Retired"),
        "role": _("Role"),
        "seconds": _("Seconds"),
        "secret": _("State secret"),
        "sector": _("Sector"),
        "sessions_ended": _("Sessions ended"),
        "since": _("Since"),
        "site": _("Site"),
        "sites": _("Sites"),
        "size": _("Number of tiles"),
        "state": _("State"),
        "sub_url": _("Second address"),
        "step": _("Step"),
        "store": _("Store"),
        "text": _("Searched for"),
        "title": _("Title"),
        "transport": _("Way of the pictures"),
        "unit": _("Unit"),
        "until": _("Until"),
        "url": _("Address"),
        "username": _("User name"),
        "verdict": _("Verdict"),
        "valid_from": _("Valid from"),
        "valid_to": _("Valid until"),
        "why": _("Reason"),
        "zone": _("Recorders"),
    }
    return words.get(name) or account_names().get(name, name)


def _value(name: str, value: Any) -> str:
    if name == "reasons" and isinstance(value, list):
        given = [
            Reason(r.get("code", ""), r.get("cite", ""), r.get("facts", {}))
            for r in value
            if isinstance(r, dict)
        ]
        return " ".join(f"{explain(reason, allowed=False).text} {reason.cite}".strip() for reason in given)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        inner = [(key, part) for key, part in value.items() if key not in MACHINES_ONLY]
        return " · ".join(f"{_name(key)}: {_value(key, part)}" for key, part in inner)
    if isinstance(value, list):
        return str(len(value)) if name == "cameras" else "; ".join(_value(name, part) for part in value)
    said = {
        "action": action_words,
        "actions": action_words,
        "purpose": purpose_words,
        "picture_problem": picture_words,
        "ended": ended_words,
    }.get(name)
    return said(str(value)) if said else _text("—" if value in (None, "") else str(value))


def _text(text: str) -> str:
    if text in STATES:
        return state_words(text)
    return problem_words(text) if text in Problem._value2member_map_ else _word(_moment(text))


def _word(text: str) -> str:
    words = {
        "changed": _("changed"),
        "removed": _("removed"),
        "set": _("set"),
        "main": _("main stream"),
        "sub": _("second stream"),
        "h264": _("converted to H.264"),
        "aac": _("sound converted to AAC"),
        "viewer": _("switched off by the viewer"),
        "none": _("none"),
        "password": _("password"),
        "disconnected": _("page closed"),
        "right_withdrawn": _("right withdrawn"),
        "session_ended": _("session ended"),
        "camera_retired": _("camera retired"),
        "closed": _("closed"),
        "camera_fault": _("fault of a camera"),
        "hold": _("hold of recordings"),
        "ceiling": _("longest time of keeping is over"),
        "target": _("room was needed; older than wanted"),
        "space": _("room was needed; older than the prescribed minimum"),
        "below_floor": _("the disk was full; younger than the prescribed minimum"),
        "missing": _("the file is not there"),
        "damaged": _("the file is damaged"),
        "outage": _("outage"),
        "regulation_activation": _("activation of a regulation"),
        "access_review": _("review of rights"),
        "extraction": _("request for footage"),
        "extract": _("extraction"),
        "provide": _("provision to others"),
        "service": _("own duties"),
        "outside": _("somebody outside"),
        "procedural": _("procedural law"),
        "subject": _("data subject"),
        "ordinary": _("ordinary"),
        "urgent": _("urgent"),
        "emergency": _("emergency"),
        "waits": _("not yet permitted"),
        "allowed": _("permitted"),
        "forbidden": _("refused"),
        "saved": _("saved"),
        "discarded": _("discarded"),
        "certified": _("still needed"),
        "revoked": _("taken away"),
        "lapsed": _("suspended"),
    }
    if text in set(OutageClass):
        return class_words(text)
    if text in set(Violation):
        return violation_words(text)
    if text in set(Verdict):
        return verdict_words(text)
    return words.get(text) or account_values().get(text, text)


def _moment(text: str) -> str:
    """ISO 8601 with a time and a zone as the site writes it; anything else as it is."""
    if len(text) < 20 or text[4:5] != "-":
        return text
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return timezone.localtime(at).strftime("%H:%M:%S · %d/%m/%Y") if at.tzinfo else text
