"""What a camera in the register must be: fields are checked, normalised, and laid into the row."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from thienly.bus.vault import Vault
from thienly.core.registry.address import read_address
from thienly.core.registry.models import Camera, Site
from thienly.core.registry.vocabulary import Sector, Transport
from thienly.core.regulation.shelf import profiles
from thienly.core.text import fold, normalise
from thienly.rules.address import StreamAddress, is_file, parse

Problems = Iterator[tuple[str, ValidationError]]
"""Field and what is wrong with it."""

_FINGERPRINT = re.compile("[0-9a-f]{64}")
_CODE = re.compile(r"[^\W_][\w./-]{0,39}")


STREAM = frozenset(
    {"url", "sub_url", "username", "transport", "fingerprint", "zone", "record", "audio", "secret"}
)
"""Settings of the stream and of its recording, with the password: whoever changes one says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CameraFields:
    """What somebody wants a camera to be; None leaves a field as it is. `password` "" takes it away."""

    code: str | None = None
    name: str | None = None
    site: Site | None = None
    sector: str | None = None
    url: str | None = None
    sub_url: str | None = None  # "" takes it away
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    transport: str | None = None
    fingerprint: str | None = None
    zone: str | None = None
    record: bool | None = None
    audio: bool | None = None
    secret: bool | None = None


def lay(fields: CameraFields, camera: Camera) -> None:
    """Writes the fields into the (unsaved) row. Raises ValidationError by field."""
    errors: dict[str, list[ValidationError]] = {}
    for part in (_lay_identity, _lay_place, _lay_access, _lay_connection, _lay_recording):
        for name, problem in part(fields, camera):
            errors.setdefault(name, []).append(problem)
    if errors:
        raise ValidationError(errors)
    camera.folded = fold(f"{camera.code} {camera.name}")[:300]


def facts(camera: Camera) -> dict[str, str | bool | None]:
    """What history keeps of a camera: no secrets, names beside ids."""
    return {
        "code": camera.code,
        "name": camera.name,
        "site": camera.site.name,
        "site_id": camera.site_id.hex,
        "sector": camera.sector,
        "url": camera.url,
        "sub_url": camera.sub_url,
        "username": camera.username,
        "transport": camera.transport,
        "fingerprint": camera.fingerprint,
        "zone": camera.zone,
        "record": camera.record,
        "audio": camera.audio,
        "secret": camera.secret,
        "retired_at": camera.retired_at.isoformat() if camera.retired_at else None,
    }


def _lay_identity(fields: CameraFields, camera: Camera) -> Problems:
    if fields.code is not None:
        camera.code = normalise(fields.code)
        if not _CODE.fullmatch(camera.code):
            message = _("Letters, digits and . / - _ without spaces, at most 40, for example MO-001.")
            yield "code", ValidationError(message, "invalid")
        elif Camera.objects.filter(code__iexact=camera.code).exclude(pk=camera.pk).exists():
            yield "code", ValidationError(_("Another camera already has this code."), "duplicate")
    if fields.name is not None:
        camera.name = normalise(fields.name)
        if not camera.name:
            yield "name", ValidationError(_("Give the camera a name."), "required")
        elif len(camera.name) > 200:
            yield "name", ValidationError(_("The name is too long: at most 200 characters."), "invalid")


def _lay_place(fields: CameraFields, camera: Camera) -> Problems:
    if fields.site is not None:
        camera.site = fields.site
    if fields.sector is not None:
        camera.sector = fields.sector
        if camera.sector not in Sector.values:
            yield "sector", ValidationError(_("Choose one of the sectors."), "invalid")
    if fields.zone is not None:
        camera.zone = fields.zone
        if camera.zone not in settings.CONF.zones:
            yield (
                "zone",
                ValidationError(_("No recorder of this installation works in this zone."), "invalid"),
            )


def _lay_access(fields: CameraFields, camera: Camera) -> Problems:
    """Credentials pasted with the address move into their fields; a filled field wins over them."""
    username, password = fields.username, fields.password
    if fields.url is not None:
        try:
            address = read_address(fields.url)
        except ValidationError as error:
            yield "url", error
            return
        username = username or address.username or username
        password = password or address.password or password
        if camera.sealed_password and password is None and _elsewhere(camera.url, address):
            # Else whoever may change the address could have the stored password sent to a machine of his own.
            message = _("The address leads to another device: enter the password again.")
            yield "password", ValidationError(message, "again")
        if camera.url and is_file(camera.url) != is_file(address.url):
            # What was recorded would be taken for the other.
            message = _("A file does not become a camera, nor a camera a file: enter a new one.")
            yield "url", ValidationError(message, "elsewhere")
            return
        camera.url = address.url
    if fields.url is not None or fields.sub_url is not None:
        yield from _lay_sub_stream(camera.sub_url if fields.sub_url is None else fields.sub_url, camera)
    if username is not None:
        camera.username = username.strip()
        if len(camera.username) > 100 or not camera.username.isprintable():
            yield "username", ValidationError(_("No device has such a user name."), "invalid")
    if password is not None:
        if len(password) > 100 or not password.isprintable():
            yield "password", ValidationError(_("No device has such a password."), "invalid")
        camera.sealed_password = Vault.from_file(settings.CONF.vault_key).seal(password)


def _lay_sub_stream(text: str, camera: Camera) -> Problems:
    """The stored password is sent there too, so it must be the device that it was stored for."""
    if not text.strip():
        camera.sub_url = ""
        return
    try:
        address = read_address(text)
    except ValidationError as error:
        yield "sub_url", error
        return
    if _elsewhere(camera.url, address):
        message = _("The second address must lead to the same device: the same host and port as the first.")
        yield "sub_url", ValidationError(message, "elsewhere")
    elif address.url == camera.url:
        message = _("This is the first address again. Leave it empty when the camera has one stream only.")
        yield "sub_url", ValidationError(message, "same")
    else:
        camera.sub_url = address.url


def _elsewhere(url: str, address: StreamAddress) -> bool:
    before = parse(url)
    # Without encryption a password that was kept from listeners would be shown to them.
    return (before.scheme, before.host, before.port) != (address.scheme, address.host, address.port)


def _lay_connection(fields: CameraFields, camera: Camera) -> Problems:
    """After `_lay_access`: the address decides what makes sense."""
    if fields.transport is not None:
        camera.transport = fields.transport
        if camera.transport not in Transport.values:
            yield "transport", ValidationError(_("Choose how the pictures travel."), "invalid")
    if fields.fingerprint is not None:
        camera.fingerprint = read_fingerprint(fields.fingerprint)
        if camera.fingerprint and not _FINGERPRINT.fullmatch(camera.fingerprint):
            message = _("A fingerprint (SHA-256) has 64 digits from 0 to 9 and A to F.")
            yield "fingerprint", ValidationError(message, "invalid")
    if camera.fingerprint and not camera.url.startswith(("rtsps:", "https:")):
        camera.fingerprint = ""  # nothing shows a certificate there


def read_fingerprint(text: str) -> str:
    """As it is kept: makers write it with colons or spaces, in capitals or not."""
    return re.sub(r"[\s:]", "", text).lower()


def _lay_recording(fields: CameraFields, camera: Camera) -> Problems:
    for flag in ("record", "audio", "secret"):
        if (value := getattr(fields, flag)) is not None:
            setattr(camera, flag, value)
    if fields.audio and not _sound_allowed():
        message = _("No regulation in force lets anybody listen, so sound is not recorded.")
        yield "audio", ValidationError(message, "not_granted")
    if camera.secret and fields.record:
        message = _("A camera that is protected as a State secret is not recorded here.")
        yield "record", ValidationError(message, "secret")
    if camera.secret:
        camera.record = False


def _sound_allowed() -> bool:
    today = timezone.localdate()
    return any(p.allows_sound for p in profiles().values() if p.in_force(today))
