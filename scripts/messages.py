"""The Vietnamese messages: `python -m scripts.messages check | compile | update`.

`check` fails when a message is missing, untranslated, fuzzy or unused, or when its placeholders differ.
`compile` writes the catalogue that Django reads. `update` adds new messages, untranslated, and drops unused
ones.
"""

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "thienly"
PO = SOURCE / "locale" / "vi" / "LC_MESSAGES" / "django.po"
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}|%[sd]")
PLURALS = "nplurals=1; plural=0;"


def main() -> int:
    commands = {"check": check, "compile": compile_catalogue, "update": update}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        sys.stderr.write(__doc__ or "")
        return 2
    return commands[sys.argv[1]]()


def check() -> int:
    catalogue, wrong = _read(), []
    known = {_key(message) for message in catalogue if message.id}
    used = {_key(message): message for message in messages()}
    wrong += [
        f"missing: {_one(message)!r} ({_place(message)})" for key, message in used.items() if key not in known
    ]
    for message in catalogue:
        if not message.id:
            continue
        texts = [message.string] if isinstance(message.string, str) else list(message.string)
        if _key(message) not in used:
            wrong.append(f"unused: {_one(message)!r}")
        if message.fuzzy:
            wrong.append(f"fuzzy: {_one(message)!r}")
        if not texts or not all(texts):
            wrong.append(f"untranslated: {_one(message)!r}")
        elif any(_holes(text) != _holes(_last(message)) for text in texts):
            wrong.append(f"placeholders differ: {_one(message)!r}")
    for line in wrong:
        sys.stderr.write(f"{line}\n")
    sys.stdout.write(f"{len(used)} messages, {len(wrong)} wrong\n")
    return 1 if wrong else 0


def compile_catalogue() -> int:
    with PO.with_suffix(".mo").open("wb") as file:
        write_mo(file, _read())
    return 0


def update() -> int:
    old = {_key(message): message for message in _read()} if PO.exists() else {}
    catalogue = _new()
    for message in messages():
        before = old.get(_key(message))
        catalogue.add(
            message.id,
            before.string if before else None,
            locations=message.locations,
            context=message.context,
        )
    PO.parent.mkdir(parents=True, exist_ok=True)
    with PO.open("wb") as file:
        write_po(file, catalogue, sort_output=True, width=110, omit_header=False, include_lineno=False)
    return 0


def messages() -> Iterator[Message]:
    """Every message of Python and templates, once, with the files that use it."""
    found: dict[object, Message] = {}
    for path in sorted([*SOURCE.rglob("*.py"), *SOURCE.rglob("*.html")]):
        if "locale" in path.parts or "/sim/" in path.as_posix():
            continue
        place = (path.relative_to(ROOT).as_posix(), 1)
        for _line, text, _comments, context in extract("python", _source(path), keywords=KEYWORDS):
            message = Message(text, locations=[place], context=context)
            known = found.setdefault(_key(message), message)
            if place not in known.locations:
                known.locations.append(place)
            if isinstance(text, tuple | list) and isinstance(known.id, str):  # the plural form wins
                known.id = tuple(text)
    yield from found.values()


def _source(path: Path) -> io.BytesIO:
    text = path.read_text()
    if path.suffix == ".html":
        if not settings.configured:
            settings.configure()
        # Blotted-out text keeps its indentation, which Python's tokenizer would take for blocks.
        text = "\n".join(line.strip() for line in templatize(text).splitlines())
    return io.BytesIO(text.encode())


def _new() -> Catalog:
    catalogue = Catalog(
        locale="vi",
        project="Thiên Lý",
        version="",
        header_comment="# Vietnamese messages of Thiên Lý. The English ones are the keys.",
        msgid_bugs_address="",
        last_translator="",
        language_team="",
        charset="utf-8",
        fuzzy=False,
    )
    catalogue._num_plurals, catalogue._plural_expr = 1, "0"  # Vietnamese nouns do not change
    return catalogue


def _read() -> Catalog:
    with PO.open("rb") as file:
        return read_po(file, locale="vi")


def _key(message: Message) -> tuple[str, str | None]:
    return (message.id if isinstance(message.id, str) else message.id[0], message.context)


def _one(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _last(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[-1]


def _holes(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def _place(message: Message) -> str:
    return ", ".join(str(place[0]) for place in message.locations[:3])


if __name__ == "__main__":
    raise SystemExit(main())
