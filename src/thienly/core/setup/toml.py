"""`thienly.toml`, written so that a person can go on editing it. (The standard library only reads TOML.)"""

import json
import tomllib
from collections.abc import Mapping
from typing import Any

from thienly.conf import FileConf

HEAD = "# Thiên Lý. Sửa xong hãy chạy lại `thienly up`. After a change run `thienly up` again.\n"


def as_toml(conf: FileConf) -> str:
    """Plain settings first, then tables. Raises ValueError when the text would not say what `conf` says."""
    values = conf.model_dump(mode="json", exclude_none=True)
    # An empty list of tables would forbid to add one below, and so would a section.
    plain = {
        n: value
        for n, value in values.items()
        if not _tables(value)
        and not isinstance(value, dict)
        and not (value == [] and n in ("retention", "regulations"))
    }
    text = HEAD + _lines(plain)
    for name, value in values.items():
        for table in value if _tables(value) else ():
            text += f"\n[[{name}]]\n{_lines(table)}"
        if isinstance(value, dict):
            text += _section(name, value, getattr(FileConf(), name).model_dump(mode="json"))
    if FileConf.model_validate(tomllib.loads(text)) != conf:
        raise ValueError("a setting cannot be written as TOML")
    return text


def _tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _section(name: str, values: Mapping[str, Any], usual: Mapping[str, Any]) -> str:
    """What is not as usual, with the tables below it: the rest goes on following what the product advises."""
    plain = {n: value for n, value in values.items() if value != usual[n] and not _tables(value)}
    text = f"\n[{name}]\n{_lines(plain)}" if plain else ""
    for inner, value in values.items():
        for table in value if _tables(value) else ():
            text += f"\n[[{name}.{inner}]]\n{_lines(table)}"
    return text


def _lines(values: Mapping[str, Any]) -> str:
    return "".join(f"{name} = {_value(value)}\n" for name, value in values.items())


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {_value(inner)}" for name, inner in value.items()) + "}"
    # JSON's strings, numbers, booleans and lists are TOML's too; DEL alone TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
