"""A profile's YAML with the lines on which everything in it stands."""

from collections.abc import Mapping

import yaml

from thienly.rules.profile_checks import Place


class BrokenYamlError(ValueError):
    """`line` is counted from 1."""

    def __init__(self, line: int, vi: str, en: str) -> None:
        super().__init__(f"line {line}: {en}")
        self.line, self.vi, self.en = line, vi, en


def load(text: str) -> tuple[object, Mapping[Place, int]]:
    """The data, and the line of every place in them. Raises BrokenYamlError."""
    try:
        loader = _UniqueKeys(text)
        try:
            node = loader.get_single_node()
            data = loader.construct_document(node) if node is not None else None
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        # Where something is missing at the end, libyaml points at the line after the last.
        line = min(mark.line + 1, max(1, len(text.splitlines()))) if mark else 1
        if isinstance(error, _TwiceError):
            raise BrokenYamlError(
                line, f"khóa {error.key} có hai lần; bỏ một", f"the key {error.key} stands twice; remove one"
            ) from error
        raise BrokenYamlError(
            line,
            f"không đọc được YAML; xem dấu ngoặc, dấu phẩy, dấu nháy ({error.problem})",
            f"no YAML; look at brackets, commas and quotes ({error.problem})",
        ) from error
    except yaml.YAMLError as error:
        raise BrokenYamlError(1, f"không đọc được YAML ({error})", f"no YAML ({error})") from error
    lines: dict[Place, int] = {(): 1}
    if node is not None:
        _mark(node, (), lines)
    return data, lines


def line_of(place: Place, lines: Mapping[Place, int]) -> int:
    """The line of a place, or of what holds it when it is missing."""
    while place not in lines:
        place = place[:-1]
    return lines[place]


def _mark(node: yaml.Node, place: Place, lines: dict[Place, int]) -> None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*place, str(key.value))
            lines[inner] = key.start_mark.line + 1
            _mark(value, inner, lines)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            lines[(*place, number)] = value.start_mark.line + 1
            _mark(value, (*place, number), lines)


class _TwiceError(yaml.constructor.ConstructorError):
    def __init__(self, key: object, mark: yaml.Mark | None) -> None:
        super().__init__(None, None, "a key stands twice", mark)
        self.key = key


class _UniqueKeys(yaml.CSafeLoader):  # libyaml: five regulations in tenths of a second
    """YAML lets a repeated key silently win; in a regulation that would be a lost rule."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        seen: list[object] = []
        for key, _ in node.value:
            name = self.construct_object(key, deep=True)
            if name in seen:
                raise _TwiceError(name, key.start_mark)
            seen.append(name)
        return dict(super().construct_mapping(node, deep=deep))
