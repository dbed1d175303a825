"""Before anything else: who has proved who he is does first what is still asked of him.

The lock screen, a password that is too old, the second step, the declaration of responsibility; nothing
else answers meanwhile, neither pages nor the interface (streams ask `core.footage.viewers`).
"""

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import urlencode

from thienly.core.access.actor import Actor
from thienly.core.accounts import sessions
from thienly.core.accounts.standing import Door, door_of
from thienly.rules.entrance import Duty

PLACES = {
    Duty.UNLOCK: "locked",
    Duty.PASSWORD: "account_change_password",
    Duty.SECOND_STEP: "mfa_index",
    Duty.ACKNOWLEDGE: "acknowledge",
}
LOCK = ("lock", "locked")
OPEN = {
    Duty.UNLOCK: {*LOCK},
    Duty.PASSWORD: {"account_change_password", *LOCK},
    Duty.SECOND_STEP: {
        *LOCK,
        "mfa_index",
        "mfa_activate_totp",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "account_reauthenticate",
    },
    Duty.ACKNOWLEDGE: {"acknowledge", *LOCK},
}
"""What may be reached while the duty is open, beside what needs no sign-in, and signing out."""
ALWAYS = {"account_logout", "language", "theme"}


class DutiesFirst:
    def __init__(self, get_response: object) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)  # type: ignore[operator]
        assert isinstance(response, HttpResponseBase)  # noqa: S101 - the next middleware
        return response

    def process_view(
        self, request: HttpRequest, view_func: object, view_args: object, view_kwargs: object
    ) -> HttpResponseBase | None:
        actor = getattr(request, "actor", None)
        name = request.resolver_match.url_name if request.resolver_match else ""
        if not isinstance(actor, Actor) or actor.account is None or name in ALWAYS:
            return None
        door = _look(request, actor)
        request.door = door  # type: ignore[attr-defined]  # read by pages about one's account
        public = not getattr(view_func, "login_required", True)
        if door.duty is None or public or name in OPEN[door.duty]:
            return None
        return _sent(request, door.duty)


def _look(request: HttpRequest, actor: Actor) -> Door:
    assert actor.account is not None  # noqa: S101 - asked by the caller
    now = timezone.now()
    device = str(request.META.get("HTTP_USER_AGENT", ""))
    opened = sessions.arrive(actor=actor, device=device, now=now)
    door = door_of(actor.account, session=request.session, opened=opened, now=now)
    if opened is not None and door.duty is not Duty.UNLOCK:
        sessions.note_use(opened, active=_by_hand(request), now=now)
    return door


def _by_hand(request: HttpRequest) -> bool:
    """Whether a person asked: not a part of a page that renews itself, a picture, or a script's question."""
    if request.headers.get("HX-Request"):
        return request.method == "POST"
    if request.path.startswith("/api/"):
        return False
    if request.headers.get("X-Requested-With") == "fetch":  # a page asks by itself how its session stands
        return request.method == "POST"
    return request.headers.get("Sec-Fetch-Dest", "document") == "document" or request.method == "POST"


def _sent(request: HttpRequest, duty: Duty) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse({"error": "duty", "duty": duty.value}, status=403)
    if request.headers.get("HX-Request"):
        # A part of a page that renews itself: under the lock the page is kept as it stands.
        return HttpResponse(status=204, headers={} if duty is Duty.UNLOCK else {"HX-Refresh": "true"})
    place = redirect(PLACES[duty])
    if request.method == "GET" and request.get_full_path() != "/":
        place["Location"] += "?" + urlencode({"next": request.get_full_path()})
    return place
