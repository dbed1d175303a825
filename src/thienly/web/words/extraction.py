"""Requests for footage: states, steps, acts and what stands in the way, in words."""

from django.utils.translation import gettext as _

from thienly.core.ledger.kinds import Kind


def extraction_acts() -> dict[Kind, str]:
    return {
        Kind.EXTRACTION_DRAFTED: _("worked on a draft of a request for footage"),
        Kind.EXTRACTION_SENT: _("asked for footage: %(what)s"),
        Kind.EXTRACTION_DECIDED: _("decided on a request for footage: %(what)s"),
        Kind.EXTRACTION_ORDERED: _("ordered the extraction: %(what)s"),
        Kind.EXTRACTION_HELD_UP: _("did not order the extraction, something stands in the way: %(what)s"),
        Kind.EXTRACTION_JUSTIFIED: _("justified an extraction in an emergency: %(what)s"),
        Kind.EXTRACTION_REMINDED: _("reports that a request for footage is due soon: %(what)s"),
        Kind.EXTRACTION_OVERDUE: _("reports that a request for footage is overdue: %(what)s"),
        Kind.EXTRACTION_SEEN: _("looked at an extraction of which he was told: %(what)s"),
        Kind.EXTRACTIONS_EXPORTED: _("took the log of extraction as a sheet"),
        Kind.PACKAGE_MADE: _("made the package of evidence: %(what)s"),
        Kind.PACKAGE_HANDLED: _("wrote down what happens to a package of evidence: %(what)s"),
        Kind.DOCUMENT_STORED: _("stored a document: %(what)s"),
        Kind.DOCUMENT_READ: _("read a document: %(what)s"),
        Kind.DOCUMENT_REVOKED: _("revoked a document: %(what)s"),
    }


def request_state_words(state: str) -> str:
    words = {
        "sent": _("Sent, waits for a decision"),
        "received": _("Received, waits for a decision"),
        "approved": _("Approved, not yet ordered"),
        "ordered": _("Approved, is being extracted"),
        "extracted": _("Extracted"),
        "failed": _("The extraction failed"),
        "refused": _("Refused"),
        "returned": _("Given back to be completed"),
        "withdrawn": _("Withdrawn"),
        "revoked": _("Approval revoked"),
    }
    return words.get(state, state)


def request_tone(state: str) -> str:
    """Which of the looks of a tag fits; a word stands in it anyway."""
    return {"refused": "bad", "revoked": "bad", "failed": "bad", "extracted": "good", "ordered": "good"}.get(
        state, "warn" if state in ("returned", "approved") else ""
    )


def request_step_words(action: str) -> str:
    words = {
        "open": _("sent the request"),
        "receive": _("received it"),
        "agree": _("agreed; further agreement is needed"),
        "approve": _("approved the extraction"),
        "refuse": _("refused"),
        "return": _("gave it back"),
        "resend": _("sent it anew"),
        "stand": _("extracts of his own right"),
        "hurry": _("goes ahead in an emergency, to be justified"),
        "permit": _("permitted the provision"),
        "forbid": _("refused the provision; the copy stays here"),
        "order": _("the extraction is ordered"),
        "perform": _("ordered the extraction"),
        "complete": _("the footage is extracted"),
        "fail": _("the extraction failed"),
        "withdraw": _("withdrew it"),
        "revoke": _("revoked the approval"),
    }
    return words.get(action, action)


def held_up_words(what: str, detail: str) -> str:
    words = {
        "asker": _("Who asked no longer holds the post, or the account is suspended."),
        "secret": _("A camera is protected as a State secret now."),
        "moved": _("No agreement stands for %(detail)s: the camera has passed to it, or nobody has decided."),
        "failed": _("The extraction failed: %(detail)s."),
        "document": _("A document no longer carries it: %(detail)s."),
        "open": _("A regulation over the cameras gives nobody the right now: %(detail)s."),
    }
    return words.get(what, what) % {"detail": _(detail) if what == "failed" and detail else detail}


def release_words(release: str) -> str:
    words = {
        "own": _("The copy stays in the unit that asks."),
        "waits": _("The copy is handed to nobody yet: the permission to provide it is not given."),
        "allowed": _("The copy may be handed to the recipient."),
        "forbidden": _("The copy is handed to nobody: providing it was refused or revoked."),
    }
    return words[release]


def sort_words(sort: str) -> str:
    words = {
        "service": _("for my own duties"),
        "outside": _("an agency, enterprise or citizen asks"),
        "procedural": _("an investigating body or court, under procedural law"),
        "subject": _("somebody asks for the footage of himself"),
    }
    return words.get(sort, sort)


def urgency_words(urgency: str) -> str:
    words = {
        "ordinary": _("ordinary"),
        "urgent": _("urgent"),
        "emergency": _("emergency of command: at once, justified afterwards"),
    }
    return words.get(urgency, urgency)


def form_words(form: str) -> str:
    words = {
        "in_app": _("decision in the system"),
        "opinion": _("opinion, or decision in the system"),
        "written_or_opinion": _("in writing, or by a decision in the system"),
        "written": _("in writing: a document"),
    }
    return words.get(form, form)


def gate_words(gate: str) -> str:
    return _("Provision to others") if gate == "provide" else _("Extraction")
