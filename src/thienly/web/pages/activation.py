"""Versions of a regulation: proposed, weighed, approved by another person, and which held when."""

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from thienly.core.cases import engine
from thienly.core.regulation import activation
from thienly.core.regulation.activation import Document, stored_book
from thienly.core.regulation.models import Version
from thienly.core.regulation.shelf import profiles, shelf
from thienly.rules.actions import Action
from thienly.rules.cases import IllegalStep
from thienly.web.door import actor_of, fetch_case, require
from thienly.web.words.activation import draft_state_words, kind_words, shown_preview
from thienly.web.words.reasons import explain

MOST_BYTES = 1_000_000


def propose(request: HttpRequest) -> HttpResponse:
    """The form, and with POST `source` (a regulation at hand, `QN@2`) or the files `text`, `words`, and
    `begins` (2026-12-01) the draft."""
    actor = actor_of(request)
    require(actor=actor, action=Action.ADMIN_SYSTEM, obj=None)
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            text, words = _texts(request)
            draft = activation.propose(
                actor=actor, text=text, words=words, begins=_day(request.POST.get("begins", ""))
            )
        except ValidationError as error:
            errors = error.message_dict
        else:
            assert draft.case is not None  # noqa: S101 - it has just been opened
            messages.success(request, _("It is proposed. Another person decides."))
            return redirect("regulation-draft", year=draft.case.year, number=draft.case.number)
    context = {
        "errors": errors,
        "books": [f"{name}@{number}" for name, number in sorted(shelf().books)],
        "given": {name: request.POST.get(name, "") for name in ("source", "begins")},
        "today": timezone.localdate().isoformat(),
    }
    return render(request, "regulation/propose.html", context, status=400 if errors else 200)


@require_safe
def show(request: HttpRequest, year: int, number: int) -> HttpResponse:
    return render(request, "regulation/draft.html", _context(request, _draft(request, year, number)))


@require_POST
def decide(request: HttpRequest, year: int, number: int) -> HttpResponse:
    """POST `act` (approve, refuse, withdraw), `version` of the case; for an approval `document`, `issued`,
    `issuer`; else `note`."""
    draft, given = _draft(request, year, number), request.POST
    assert draft.case is not None  # noqa: S101 - it was found by its case
    actor, seen = actor_of(request), given.get("version", "")
    case, version = draft.case.id, int(seen) if seen.isdecimal() else 0
    try:
        match given.get("act"):
            case "approve":
                document = Document(
                    given.get("document", ""), _day(given.get("issued", "")), given.get("issuer", "")
                )
                activation.approve(actor=actor, case_id=case, version=version, document=document)
                messages.success(request, _("It is approved; it holds from its day on."))
            case "refuse":
                activation.refuse(actor=actor, case_id=case, version=version, note=given.get("note", ""))
                messages.success(request, _("It is refused."))
            case _:
                activation.withdraw(actor=actor, case_id=case, version=version, note=given.get("note", ""))
                messages.success(request, _("It is withdrawn."))
    except engine.Conflict:
        messages.error(request, _("Somebody was faster. This is how it stands now; please look again."))
    except IllegalStep:
        messages.error(request, _("This step is not possible any more."))
    except ValidationError as error:
        context = _context(request, draft) | {"error": " ".join(error.messages), "given": given}
        return render(request, "regulation/draft.html", context, status=400)
    return redirect("regulation-draft", year=year, number=number)


def _context(request: HttpRequest, draft: Version) -> dict[str, object]:
    assert draft.case is not None  # noqa: S101 - it was found by its case
    actor, state = actor_of(request), draft.case.state
    possible = engine.possible_steps(actor=actor, case=draft.case)
    weighed = None
    if state in ("proposed", "approved"):
        versions = [profiles().get(draft.profile), stored_book(draft).profile]
        weighed = shown_preview(
            activation.preview(draft, now=timezone.now()), *(one for one in versions if one is not None)
        )
    return {
        "draft": draft,
        "case": draft.case,
        "state": draft_state_words(state),
        "weighed": weighed,
        "can": {one.transition.action for one in possible if not one.reasons},
        "cannot": [
            explain(reason, allowed=False)
            for one in possible
            if one.transition.action == "approve"
            for reason in one.reasons
        ],
        "steps": [(step, draft_state_words(step.after)) for step in draft.case.steps.select_related("actor")],
        "kept": [(kind_words(kind), n) for kind, n in (weighed.kept.items() if weighed else ())],
        "today": timezone.localdate().isoformat(),
    }


def _draft(request: HttpRequest, year: int, number: int) -> Version:
    """Raises Http404; NotAllowed as `fetch_case`."""
    found = Version.objects.filter(case__year=year, case__number=number, case__kind="regulation_activation")
    draft = found.select_related("case").first()
    fetch_case(actor=actor_of(request), case_id=draft.case_id if draft and draft.case_id else UUID(int=0))
    if draft is None:
        raise Http404
    return draft


def _texts(request: HttpRequest) -> tuple[str, str]:
    """Raises ValidationError."""
    name, _at, number = request.POST.get("source", "").partition("@")
    if name:
        book = shelf().books.get((name, int(number))) if number.isdecimal() else None
        if book is None:
            raise ValidationError({"text": [_("No regulation at hand has this name and version.")]})
        return book.text, book.words
    return _file(request, "text"), _file(request, "words")


def _file(request: HttpRequest, name: str) -> str:
    """Raises ValidationError."""
    file = request.FILES.get(name)
    if file is None:
        return ""
    if (file.size or 0) > MOST_BYTES:
        raise ValidationError({name: [_("Choose the file of the regulation, YAML, at most 1 MB.")]})
    try:
        return str(file.read(), "utf-8")
    except UnicodeDecodeError:
        raise ValidationError({name: [_("This file is not text in UTF-8.")]}) from None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
