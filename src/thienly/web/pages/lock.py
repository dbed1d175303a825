"""The lock screen: the page stays where it is, and nobody else sees it."""

from allauth.mfa.models import Authenticator
from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth import authenticate, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from thienly.core.accounts import sessions
from thienly.core.accounts.models import Account
from thienly.web.door import actor_of

CODE_DIGITS = 6


@require_http_methods(["GET", "HEAD", "POST"])
def lock(request: HttpRequest) -> HttpResponse:
    """POST `idle`: yes when nobody touched the page for the time that is set; `active`: yes only to say that
    somebody did. 204 to a script. GET: how the session stands, 204 or (locked) 423."""
    if request.method != "POST":
        return HttpResponse(status=423 if sessions.is_locked(actor=actor_of(request)) else 204)
    if request.POST.get("active") == "yes":
        return HttpResponse(status=204)  # the middleware has noted it
    sessions.lock(actor=actor_of(request), idle=request.POST.get("idle") == "yes")
    return HttpResponse(status=204) if _by_script(request) else redirect("locked")


@require_http_methods(["GET", "HEAD", "POST"])
def locked(request: HttpRequest) -> HttpResponse:
    """POST `proof` (the password, or a code of the authenticator app), `next`. 204 to a script."""
    actor = actor_of(request)
    account = actor.account
    assert account is not None  # noqa: S101 - the middleware lets nobody else in
    back = request.POST.get("next", "") or request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    wrong = ""
    if request.method == "POST":
        if method := proved(request, account, request.POST.get("proof", "")):
            sessions.unlock(actor=actor, method=method)
            return HttpResponse(status=204) if _by_script(request) else HttpResponseRedirect(back)
        if getattr(request, "axes_locked_out", False):
            logout(request)
            return HttpResponse(status=401) if _by_script(request) else redirect("account_login")
        sessions.record_unlock_failed(actor=actor)
        wrong = _("That is not right.")
    context = {"wrong": wrong, "next": back, "account": account}
    return render(request, "account/unlock.html", context, status=400 if wrong else 200)


def proved(request: HttpRequest, account: Account, proof: str) -> str:
    """By what; "" when it is wrong. Wrong ones count towards the lock-out of the sign-in, for codes too."""
    compact = proof.replace(" ", "")
    may_try = AxesProxyHandler.is_allowed(request, {"username": account.username})
    if may_try and compact.isdecimal() and len(compact) == CODE_DIGITS:
        factor = Authenticator.objects.filter(user=account, type=Authenticator.Type.TOTP).first()
        if factor is not None and factor.wrap().validate_code(compact):
            return "totp"
    found = authenticate(request, username=account.username, password=proof)
    return "password" if found is not None and found.pk == account.pk else ""


def _by_script(request: HttpRequest) -> bool:
    return request.headers.get("X-Requested-With") == "fetch"
