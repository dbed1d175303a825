"""The installation's keys: there, whole, and readable by the service's user alone."""

import os
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_pem_private_key

from thienly.bus.vault import Vault
from thienly.conf import Conf
from thienly.doctor.finding import Finding, fault, ok, warning


def check(conf: Conf) -> Iterator[Finding]:
    wanted = [conf.vault_key, conf.django_secret, conf.ledger_key]
    made_later = [conf.recorder_key(recorder.name) for recorder in conf.file.recorders]
    missing = [path.name for path in wanted if not path.exists()]
    if missing:
        yield fault(
            "keys.present",
            f"thiếu khóa: {', '.join(missing)}",
            f"keys are missing: {', '.join(missing)}",
            f"Chép lại từ bản sao vào {conf.keys}; đừng tạo khóa mới khi chưa tìm bản sao.",
            f"Put the copy back into {conf.keys}; make no new key before you have looked for it.",
        )
    there = [path for path in (*wanted, *made_later) if path.exists()]
    broken = [path.name for path in there if not _whole(conf, path)]
    if broken:
        yield fault(
            "keys.whole",
            f"khóa hỏng hoặc không đọc được: {', '.join(broken)}",
            f"damaged or unreadable keys: {', '.join(broken)}",
            f"Chép lại từ bản sao vào {conf.keys}.",
            f"Put the copy back into {conf.keys}.",
        )
    loose = [path.name for path in (conf.keys, *there) if path.exists() and not _private(path)]
    if loose:
        yield fault(
            "keys.modes",
            f"người khác đọc được: {', '.join(loose)}",
            f"others can read: {', '.join(loose)}",
            f"chown -R <dịch vụ> {conf.keys} && chmod 700 {conf.keys} && chmod 600 {conf.keys}/*",
            f"chown -R <service> {conf.keys} && chmod 700 {conf.keys} && chmod 600 {conf.keys}/*",
        )
    if not (missing or broken or loose):
        yield ok("keys", f"{len(there)} khóa đầy đủ, riêng tư", f"{len(there)} keys, whole and private")
    unmade = [path.name for path in made_later if not path.exists()]
    disks = [path for recorder in conf.file.recorders for path in conf.stores(recorder).values()]
    if unmade and any(path.exists() for path in disks):
        yield warning(
            "keys.recorder",
            f"chưa có {', '.join(unmade)}: được tạo khi đầu ghi chạy lần đầu",
            f"{', '.join(unmade)} not there: made when the recorder first runs",
            "Nếu đầu ghi đã từng chạy, hãy chép khóa cũ lại trước khi chạy.",
            "If that recorder has run before, put its old key back first.",
        )


def _private(path: Path) -> bool:
    status = path.stat()
    return not status.st_mode & 0o077 and status.st_uid in (os.geteuid(), os.getuid())


def _whole(conf: Conf, path: Path) -> bool:
    try:
        if path == conf.vault_key:
            Vault.from_file(path)
        elif path.suffix == ".pem":
            load_pem_private_key(path.read_bytes(), None)
        else:
            return len(path.read_bytes().strip()) >= 32
    except (OSError, ValueError, TypeError):
        return False
    return True
