"""Entering and changing a camera, and trying its connection before that."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from thienly.bus.questions import ProbeResult
from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.recording.probe import NoRecorder, probe_camera
from thienly.core.recording.words import problem_advice, problem_words
from thienly.core.registry.address import read_address
from thienly.core.registry.cameras import CameraFields, read_fingerprint
from thienly.core.registry.models import Camera, Site
from thienly.core.registry.services import change_camera, register_camera, retire_camera
from thienly.core.registry.vocabulary import Sector, Transport
from thienly.rules.actions import Action
from thienly.rules.address import is_file
from thienly.web.door import actor_of, any_of, fetch, require
from thienly.web.words.status import codec_words

TEXTS = ("code", "name", "sector", "url", "sub_url", "username", "zone", "transport", "fingerprint")
FLAGS = ("record", "audio", "secret")


def add(request: HttpRequest) -> HttpResponse:
    """The form, and with POST the new camera."""
    actor = actor_of(request)
    sites = sites_of(actor)
    if not sites:
        require(actor=actor, action=Action.CONFIG_DEVICE, obj=None)
    given: dict[str, object] = {
        "record": True,
        "zone": "main",
        "transport": "tcp",
        "site": request.GET.get("site", "") or (sites[0].id.hex if len(sites) == 1 else ""),
    }
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        given = _given(request)
        try:
            camera = register_camera(
                actor=actor,
                site=chosen_site(sites, request),
                password=request.POST.get("password", ""),
                **{name: given[name] for name in (*TEXTS, *FLAGS)},  # type: ignore[arg-type]  # by name
            )
        except ValidationError as error:
            errors = by_field(error)
        else:
            messages.success(request, _("The camera is entered. The first picture comes within seconds."))
            return redirect("camera", camera=camera.id)
    return _form(request, sites, given, errors, None)


def edit(request: HttpRequest, camera: UUID) -> HttpResponse:
    """The form, and with POST the change. An empty password leaves the stored one."""
    actor = actor_of(request)
    found = fetch(actor=actor, action=Action.CONFIG_DEVICE, model=Camera, id=camera)
    sites = sites_of(actor)
    given: dict[str, object] = {name: getattr(found, name) for name in (*TEXTS, *FLAGS)}
    given["site"] = found.site_id.hex
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        given = _given(request) | {"why": request.POST.get("why", "")}
        try:
            fields = CameraFields(
                site=chosen_site(sites, request),
                password=request.POST.get("password") or None,
                **{name: given[name] for name in (*TEXTS, *FLAGS)},  # type: ignore[arg-type]  # by name
            )
            change_camera(actor=actor, camera=found, fields=fields, why=request.POST.get("why", ""))
        except ValidationError as error:
            errors = by_field(error)
        else:
            messages.success(request, _("The change is saved."))
            return redirect("camera", camera=found.id)
    return _form(request, sites, given, errors, found)


@require_POST
def retire(request: HttpRequest, camera: UUID) -> HttpResponse:
    """POST `reason`."""
    actor = actor_of(request)
    found = fetch(actor=actor, action=Action.CONFIG_DEVICE, model=Camera, id=camera)
    try:
        retire_camera(actor=actor, camera=found, reason=request.POST.get("reason", ""))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("camera-edit", camera=camera)
    messages.success(request, _("The camera is retired; its recordings stay until they expire."))
    return redirect("camera", camera=camera)


@require_POST
def probe(request: HttpRequest) -> HttpResponse:
    """POST the form (with `camera` when one is changed): what the device answers, as a fragment.

    With `brief` in one line: of many channels the first tells all, and asks about the certificate.
    """
    actor, post = actor_of(request), request.POST
    template = "cameras/probe_brief.html" if post.get("brief") else "cameras/probe.html"
    camera = None
    if post.get("camera"):
        camera = fetch(actor=actor, action=Action.CONFIG_DEVICE, model=Camera, id=post["camera"])
    # The connection is often tried before a site is chosen: any site of this person's will do then.
    nearby = [] if post.get("site") else sites_of(actor)[:1]
    site = (
        nearby[0]
        if nearby
        else any_of(actor=actor, actions=(Action.CONFIG_DEVICE,), model=Site, id=post.get("site", ""))
    )
    login = _login(post)
    answers: list[dict[str, object]] = []
    try:
        for url in (post.get("url", ""), post.get("sub_url", "").strip()):
            if answers and not url:
                continue
            result = probe_camera(
                actor=actor,
                site=site,
                url=url,
                username=login[0],
                password=login[1] or (None if camera else ""),
                camera=camera,
                transport=post.get("transport") or "tcp",
                fingerprint=post.get("pin") or post.get("fingerprint", ""),
                zone=post.get("zone") or "main",
            )
            answers.append({**_answer(result, post), "from_file": is_file(url.strip().lower())})
            if not result.ok:
                break  # the other address leads to the same device
    except NoRecorder:
        return render(request, template, {"no_recorder": True})
    return render(request, template, {"answers": answers})


def _login(post: QueryDict) -> tuple[str, str]:
    """User name and password for both addresses: from their fields, else from the first address."""
    username, password = post.get("username", ""), post.get("password", "")
    try:
        address = read_address(post.get("url", ""))
    except ValidationError:
        return username, password
    return username or address.username, password or address.password


def _answer(result: ProbeResult, post: QueryDict) -> dict[str, object]:
    code = result.problem.value if result.problem else ""
    return {
        "result": result,
        "pin": read_fingerprint(post.get("pin", "")) if result.ok else "",
        "codec": codec_words(result.codec),
        "sound": codec_words(result.audio),
        "problem": problem_words(code),
        "advice": problem_advice(code),
    }


def _form(
    request: HttpRequest,
    sites: list[Site],
    given: dict[str, object],
    errors: dict[str, list[str]],
    camera: Camera | None,
) -> HttpResponse:
    context = {
        "sites": sites,
        "sectors": Sector.choices,
        "zones": settings.CONF.zones,
        "transports": Transport.choices,
        "given": given,
        "errors": errors,
        "camera": camera,
        "files": settings.CONF.camera_files is not None,
    }
    return render(request, "cameras/form.html", context, status=400 if errors else 200)


def sites_of(actor: Actor) -> list[Site]:
    """Where this person may enter cameras."""
    return list(gate.visible(actor=actor, action=Action.CONFIG_DEVICE, model=Site).select_related("unit"))


def chosen_site(sites: list[Site], request: HttpRequest) -> Site:
    """One of the sites offered. Raises ValidationError."""
    for site in sites:
        if site.id.hex == request.POST.get("site"):
            return site
    raise ValidationError({"site": [_("Choose a site.")]})


def _given(request: HttpRequest) -> dict[str, object]:
    given: dict[str, object] = {name: request.POST.get(name, "") for name in (*TEXTS, "site")}
    # A certificate that was shown and confirmed takes the place of the one before.
    pinned = request.POST.get("pin") or given["fingerprint"]
    given |= {
        "zone": given["zone"] or "main",
        "transport": given["transport"] or "tcp",
        "fingerprint": pinned,
    }
    return given | {name: name in request.POST for name in FLAGS}


def by_field(error: ValidationError) -> dict[str, list[str]]:
    """For a form: what belongs to no field stands under `__all__`."""
    return error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages}
