"""An encoder or a recorder of the site's own with many channels: one device, one password, many cameras."""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.registry.cameras import CameraFields
from thienly.core.registry.models import Camera, Site
from thienly.core.registry.services import register_camera
from thienly.core.service import service
from thienly.core.text import normalise
from thienly.rules.actions import Action

PLACES = ("#", "{channel}")
"""Where the number goes. No address has a fragment, and every keyboard has `#`; the other is older."""
MOST = 64
"""Channels at once; larger devices are entered in several steps."""
HIGHEST = 4096
_CODE = re.compile(r"(?P<stem>.*?)(?P<number>[0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class Channel:
    """One camera to be: what the pattern makes of a channel number."""

    number: int
    code: str
    name: str
    url: str


def channels(*, url: str, code: str, name: str, first: int | None, last: int | None) -> list[Channel]:
    """`url` and `name` with the channel's number in place of `#`, codes counted on from `code`.

    Raises ValidationError by field.
    """
    errors: dict[str, list[ValidationError]] = {}
    if not any(place in url for place in PLACES):
        message = _("Write # where the number of the channel stands.")
        errors["url"] = [ValidationError(message, "pattern")]
    counted = _CODE.fullmatch(normalise(code))
    if counted is None:
        message = _("The first code must end with a number, for example MO-001.")
        errors["code"] = [ValidationError(message, "number")]
    if first is None or not 0 <= first <= HIGHEST:
        errors["first"] = [ValidationError(_("Give the number of the first channel."), "range")]
    elif last is None or not first <= last < first + MOST:
        message = _("From the first channel on, at most %(most)d at once.") % {"most": MOST}
        errors["last"] = [ValidationError(message, "range")]
    if errors or counted is None or first is None or last is None:
        raise ValidationError(errors)
    number, width = int(counted["number"]), len(counted["number"])
    name = normalise(name)
    if name and not any(place in name for place in PLACES):
        name = f"{name} {PLACES[0]}"
    return [
        Channel(
            channel,
            f"{counted['stem']}{number + step:0{width}}",
            _filled(name, channel),
            _filled(url, channel),
        )
        for step, channel in enumerate(range(first, last + 1))
    ]


def _filled(pattern: str, channel: int) -> str:
    for place in PLACES:
        pattern = pattern.replace(place, str(channel))
    return pattern


@service
def register_channels(
    *, actor: Actor, site: Site, wanted: list[Channel], fields: CameraFields, at: datetime | None = None
) -> list[Camera]:
    """All of them or none. `fields`: what they have in common; code, name and address are the channel's.

    Raises OutsideScope, NotAllowed; ValidationError by field, which names the first channel it concerns.
    """
    gate.require(actor=actor, action=Action.CONFIG_DEVICE, obj=site)
    at = at or timezone.now()
    entered = []
    for channel in wanted:
        own = replace(fields, code=channel.code, name=channel.name, url=channel.url)
        given = {name: getattr(own, name) for name in _COMMON if getattr(own, name) is not None}
        try:
            entered.append(register_camera(actor=actor, site=site, at=at, **given))
        except ValidationError as error:
            raise _naming(channel, error) from error
    return entered


_COMMON = (
    "code",
    "name",
    "sector",
    "url",
    "username",
    "password",
    "transport",
    "fingerprint",
    "zone",
    "record",
    "audio",
)


def _naming(channel: Channel, error: ValidationError) -> ValidationError:
    where = _("Channel %(number)d (%(code)s):") % {"number": channel.number, "code": channel.code}
    return ValidationError(
        {
            field: [ValidationError(f"{where} {text}", "channel") for text in texts]
            for field, texts in error.message_dict.items()
        }
    )
