"""Entering the channels of one device together."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from thienly.core.registry.cameras import CameraFields, read_fingerprint
from thienly.core.registry.channels import Channel, channels, register_channels
from thienly.core.registry.models import Site
from thienly.core.registry.vocabulary import Sector, Transport
from thienly.rules.actions import Action
from thienly.web.door import actor_of, require
from thienly.web.pages.camera_form import by_field, chosen_site, sites_of

TEXTS = (
    "url",
    "first",
    "last",
    "username",
    "transport",
    "fingerprint",
    "zone",
    "code",
    "name",
    "sector",
    "site",
)


def add(request: HttpRequest) -> HttpResponse:
    """The form, and with POST the new cameras."""
    actor = actor_of(request)
    sites = sites_of(actor)
    if not sites:
        require(actor=actor, action=Action.CONFIG_DEVICE, obj=None)
    given = {"first": "1", "transport": "tcp", "zone": "main", "record": "on"}
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        given = _given(request)
        try:
            site = chosen_site(sites, request)
            fields = CameraFields(
                sector=given["sector"],
                username=given["username"],
                password=request.POST.get("password", ""),
                transport=given["transport"],
                fingerprint=given["fingerprint"],
                zone=given["zone"],
                record=bool(given["record"]),
            )
            made = register_channels(actor=actor, site=site, wanted=_wanted(given), fields=fields)
        except ValidationError as error:
            errors = by_field(error)
        else:
            told = ngettext("%(count)d camera is entered.", "%(count)d cameras are entered.", len(made))
            messages.success(request, told % {"count": len(made)})
            return redirect(f"/cameras/?site={site.id.hex}")
    return _form(request, sites, given, errors)


@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """POST the form: a row for each channel, which asks its camera by itself (`camera-probe`)."""
    actor = actor_of(request)
    sites = sites_of(actor)
    if not sites:
        require(actor=actor, action=Action.CONFIG_DEVICE, obj=None)
    given, errors = _given(request), dict[str, list[str]]()
    wanted: list[Channel] = []
    try:
        wanted = _wanted(given)
    except ValidationError as error:
        errors = by_field(error)
    # What was confirmed is told to each: the box that said so is replaced by the answers.
    pin = read_fingerprint(request.POST.get("pin", ""))
    return render(request, "cameras/channels_check.html", {"channels": wanted, "errors": errors, "pin": pin})


def _wanted(given: dict[str, str]) -> list[Channel]:
    return channels(
        url=given["url"],
        code=given["code"],
        name=given["name"],
        first=_number(given["first"]),
        last=_number(given["last"]),
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def _given(request: HttpRequest) -> dict[str, str]:
    given = {name: request.POST.get(name, "").strip() for name in (*TEXTS, "record")}
    pinned = request.POST.get("pin") or given["fingerprint"]
    return given | {
        "zone": given["zone"] or "main",
        "transport": given["transport"] or "tcp",
        "fingerprint": pinned,
    }


def _form(
    request: HttpRequest, sites: list[Site], given: dict[str, str], errors: dict[str, list[str]]
) -> HttpResponse:
    context = {
        "sites": sites,
        "sectors": Sector.choices,
        "zones": settings.CONF.zones,
        "transports": Transport.choices,
        "given": given,
        "errors": errors,
    }
    return render(request, "cameras/channels.html", context, status=400 if errors else 200)
