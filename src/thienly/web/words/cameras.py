"""Cameras as pages name them."""

from django.utils.translation import gettext

from thienly.core.registry.models import Camera


def shown_name(camera: Camera) -> str:
    """Its name; with a word when it is none."""
    kind = gettext("file")
    return f"{camera.name} ({kind})" if camera.from_file else camera.name
