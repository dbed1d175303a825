"""Where packages lie: by id only, for the program alone."""

from pathlib import Path
from uuid import UUID

from django.conf import settings


def directory() -> Path:
    """Made when it is not there."""
    path = Path(settings.CONF.data) / "packages"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def path_of(id_: UUID) -> Path:
    return directory() / f"{id_.hex}.zip"
