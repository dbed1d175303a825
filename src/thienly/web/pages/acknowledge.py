"""The declaration of responsibility with the regulations of one's seats; and who has made it, by unit."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_safe

from thienly.core.accounts import acknowledging
from thienly.core.accounts.policy import live_seats
from thienly.web.door import actor_of, require_people


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """POST `accepted`, `seen`, `person_number`, `next`."""
    actor = actor_of(request)
    account = actor.account
    assert account is not None  # noqa: S101 - the middleware lets nobody else in
    errors: dict[str, list[str]] = {}
    given = request.POST.get("person_number", "")
    back = request.POST.get("next", "") or request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    if request.method == "POST":
        try:
            acknowledging.acknowledge(
                actor=actor,
                accepted=request.POST.get("accepted") == "yes",
                seen=request.POST.get("seen", ""),
                person_number=given,
            )
        except ValidationError as error:
            errors = error.message_dict
        else:
            return redirect(back)
    texts = acknowledging.texts_for(live_seats(account, timezone.now()))
    done = acknowledging.is_acknowledged(account, live_seats(account, timezone.now()))
    context = {
        "texts": texts,
        "seen": acknowledging.fingerprint(texts),
        "asks_number": account.person_hash is None,
        "given": given,
        "errors": errors,
        "next": back,
        "done": done and account.person_hash is not None,
    }
    return render(request, "account/acknowledge.html", context, status=400 if errors else 200)


@require_safe
def shares(request: HttpRequest) -> HttpResponse:
    """How many of each unit have accepted what concerns them."""
    actor = actor_of(request)
    require_people(actor=actor)
    return render(request, "people/acknowledged.html", {"shares": acknowledging.shares(actor=actor)})
