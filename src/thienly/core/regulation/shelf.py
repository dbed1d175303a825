"""The profiles that this installation knows, read once in each process."""

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType

import yaml
from pydantic import ValidationError

from thienly.rules.profile import Profile


class BrokenProfileError(ValueError):
    """A profile that cannot be read, or whose parts do not fit together; the message names the file."""


def read(text: str, *, name: str) -> Profile:
    """A profile from YAML. Raises BrokenProfileError."""
    try:
        return Profile.model_validate(yaml.load(text, Loader=_UniqueKeys))  # noqa: S506 - a subclass of SafeLoader
    except (yaml.YAMLError, ValidationError) as error:
        raise BrokenProfileError(f"{name}: {error}") from error


@lru_cache(maxsize=1)
def profiles() -> Mapping[str, Profile]:
    """Every profile by its id; whether it is in force is asked of it for a day. Raises BrokenProfileError."""
    shelf: dict[str, Profile] = {}
    for file in _files(files("thienly.profiles")):
        profile = read(file.read_text(encoding="utf-8"), name=file.name)
        if profile.id in shelf:
            raise BrokenProfileError(f"{file.name}: a second profile {profile.id}")
        shelf[profile.id] = profile
    return MappingProxyType(shelf)


def _files(folder: Traversable) -> list[Traversable]:
    found: list[Traversable] = []
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.is_dir():
            found += _files(item)
        elif item.name.endswith(".yaml"):
            found.append(item)
    return found


class _UniqueKeys(yaml.SafeLoader):
    """YAML lets a repeated key silently win; in a regulation that would be a lost rule."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if len(keys) != len(set(keys)):
            raise yaml.constructor.ConstructorError(None, None, "a key stands twice", node.start_mark)
        return dict(super().construct_mapping(node, deep=deep))
