"""The address of a camera at the door of the register: taken apart, judged, and said in sentences."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from thienly.rules.address import FILE, BadAddressError, StreamAddress, parse, points_inside
from thienly.rules.problems import Problem

_SENTENCES = {
    "characters": _("The address contains spaces or characters that no address has."),
    "length": _("The address is too long."),
    "form": _("Write the address like rtsp://10.1.2.3:554/path."),
    "scheme": _("The address must begin with rtsp://, rtsps://, http://, https://, rtmp:// or srt://"),
    "login": _("The user name or password in the address contains characters that cannot be sent."),
    "host": _("This is neither an IP address in its usual form nor a host name."),
    "port": _("The port must be a number from 1 to 65535."),
    "file": _(
        "Write a file like file:///folder/name.mp4: the way from the folder that the installation names for "
        "files, without .. and without a computer's name."
    ),
    "query_secret": _("Put the user name and password into their own fields, not behind the question mark."),
}


def read_address(text: str) -> StreamAddress:
    """Raises ValidationError, whose code is a `Problem`, with a sentence to act on."""
    try:
        address = parse(text)
    except BadAddressError as error:
        raise ValidationError(_SENTENCES[error.detail], error.problem.value) from error
    if address.scheme == FILE and settings.CONF.camera_files is None:
        raise ValidationError(
            _(
                "Files are not played here as cameras: the system administrator has named no folder for them "
                "(camera_files in thienly.toml)."
            ),
            Problem.ADDRESS_REFUSED.value,
        )
    if points_inside(address.host) and not settings.CONF.demo:
        raise ValidationError(
            _("This address is the server itself or its own link, where no camera can be."),
            Problem.ADDRESS_REFUSED.value,
        )
    return address
