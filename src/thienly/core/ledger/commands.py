"""`thienly ledger …`: functions that print through `say` and return an exit code.

0: sound, or done. 1: not sound. 2: it could not be found out, or done.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import transaction
from django.utils import timezone

from thienly.conf import Conf
from thienly.core.access.actor import Actor
from thienly.core.ledger import chain, evidence_check, keys, witnesses
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.verification import Report
from thienly.core.ledger.witness_state import WitnessError
from thienly.core.ledger.writer import record

Say = Callable[[str], object]


def verify(
    *,
    say: Say,
    dump: Path | None = None,
    public_key: Path | None = None,
    as_json: bool = False,
    processes: int = 1,
    checkpoints: Sequence[Path] = (),
) -> int:
    """`thienly ledger verify [--dump FILE --public-key FILE] [--json]`; a dump needs no database.

    `processes` share the history in the database; `checkpoints` are files that witnesses kept.
    """
    try:
        key = keys.public_key(public_key) if public_key else None
        if dump and evidence_check.is_export(dump):
            return _verify_export(dump, key, say=say, as_json=as_json)
        report = (
            chain.verify_dump(dump, public_key=key)
            if dump
            else chain.verify(now=timezone.now(), processes=processes, witnessed=tuple(checkpoints))
        )
    except (OSError, ValueError) as error:
        say(f"cannot verify: {error}")
        return 2
    say(json.dumps(asdict(report)) if as_json else _sentence(report))
    return 0 if report.ok else 1


def _verify_export(path: Path, key: Ed25519PublicKey | None, *, say: Say, as_json: bool) -> int:
    try:
        found = evidence_check.check(path, public_key=key)
    except evidence_check.NotGenuine as wrong:
        fault = {"ok": False, "problem": wrong.problem, "row": wrong.row}
        say(json.dumps(fault) if as_json else f"NOT GENUINE: {wrong}")
        return 1
    if as_json:
        say(json.dumps({"ok": True} | asdict(found), ensure_ascii=False))
        return 0
    key_words = (
        "signed with the key that you gave"
        if found.trusted
        else f"signed with the key {found.key_id} that the file itself brings: compare it with the "
        "installation's, or give it by --public-key"
    )
    asked = json.dumps(found.asked, ensure_ascii=False)
    say(
        f"genuine: {found.rows} rows of a history of {found.of}, taken {found.at} by {found.by}; "
        f"asked for {asked}; {key_words}"
    )
    return 0


def _sentence(report: Report) -> str:
    if not report.ok and report.problem:
        return (
            f"NOT SOUND: {report.problem.value} at entry {report.first_bad_seq}; "
            f"the {report.entries} entries before are sound"
        )
    signatures = (
        "signatures checked" if report.signatures_checked else "signatures NOT checked: no public key"
    )
    return (
        f"sound: {report.entries} entries, {report.checkpoints} checkpoints, "
        f"signed until entry {report.signed_until_seq}; {signatures}"
    )


def witness(conf: Conf, name: str, *, path: Path, say: Say) -> int:
    """`thienly ledger witness NAME FILE`: what an S3 witness holds, for `verify --checkpoints FILE`."""
    chosen = next((one for one in conf.file.witnesses if one.name == name), None)
    if chosen is None:
        say(f"there is no witness {name} in thienly.toml")
        return 2
    if chosen.kind != "s3":
        say(f"{name} keeps its checkpoints in a mailbox: save the attachments of its messages")
        return 2
    try:
        lines = witnesses.fetch(conf, chosen)
        path.write_bytes(b"".join(lines))
    except (WitnessError, OSError) as error:
        say(f"cannot fetch from {name}: {error}")
        return 2
    say(f"{len(lines)} checkpoints of {name} written to {path}")
    return 0


def dump(*, path: Path, say: Say) -> int:
    """`thienly ledger dump FILE`. That a copy was taken is an entry of its own, and part of the copy."""
    try:
        with transaction.atomic():
            actor = Actor.machine("ledger dump")
            record(actor=actor, kind=Kind.LEDGER_SEARCHED, detail={"dump": path.name})
        entries = chain.dump(path)
    except OSError as error:
        say(f"cannot write the dump: {error}")
        return 2
    say(f"{entries} entries written to {path}")
    return 0
