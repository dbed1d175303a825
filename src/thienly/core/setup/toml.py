"""`thienly.toml`, written so that a person can go on editing it. (The standard library only reads TOML.)"""

import json
import tomllib
from collections.abc import Mapping
from typing import Any

from thienly.conf import FileConf

HEAD = "# Thiên Lý. Sửa xong hãy chạy lại `thienly up`. After a change run `thienly up` again.\n"


def as_toml(conf: FileConf) -> str:
    """Plain settings first, then tables. Raises ValueError when the text would not say what `conf` says."""
    values = conf.model_dump(mode="json")
    # An empty list of tables would forbid to add one below.
    plain = {
        n: value
        for n, value in values.items()
        if not _tables(value) and not isinstance(value, dict) and (n, value) != ("retention", [])
    }
    text = HEAD + _lines(plain)
    # Of a table of settings only what differs: the others go on following what the product advises.
    for name, value in conf.model_dump(mode="json", exclude_defaults=True).items():
        if isinstance(value, dict):
            text += f"\n[{name}]\n{_lines(value)}"
    for name, value in values.items():
        for table in value if _tables(value) else ():
            text += f"\n[[{name}]]\n{_lines(table)}"
    if FileConf.model_validate(tomllib.loads(text)) != conf:
        raise ValueError("a setting cannot be written as TOML")
    return text


def _tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _lines(values: Mapping[str, Any]) -> str:
    # JSON's strings, numbers, booleans and lists are TOML's too; DEL alone TOML wants escaped.
    written = {name: json.dumps(value, ensure_ascii=False) for name, value in values.items()}
    return "".join(f"{name} = {text}\n".replace("\x7f", "\\u007f") for name, text in written.items())
