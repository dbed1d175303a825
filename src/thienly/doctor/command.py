"""`thienly doctor`: every check, while the system runs and while it does not; exit code 0, 1 or 2."""

import json
import os
from collections.abc import Callable, Iterator

import django
from pydantic import ValidationError

from thienly.conf import Conf
from thienly.doctor import bus, certificates, disk, keys, machine
from thienly.doctor.finding import Finding, Level, fault, ok

_MARKS = {Level.OK: "  ok  ", Level.WARNING: " chú ý", Level.FAULT: " LỖI  "}


def doctor(conf: Conf, *, as_json: bool, say: Callable[[str], None]) -> int:
    """Prints a line for each finding; the exit code is the worst level."""
    worst = Level.OK
    for finding in _findings(conf):
        worst = max(worst, finding.level)
        say(json.dumps(finding.as_dict(), ensure_ascii=False) if as_json else _line(finding))
    return worst


def _findings(conf: Conf) -> Iterator[Finding]:
    readable = _configuration(conf)
    yield readable
    if readable.level:
        return
    processes, running = _processes(conf)
    yield from processes
    yield from disk.check(conf)
    yield from machine.clock(conf)
    yield from machine.port(conf, running=running)
    yield from machine.codecs(conf)
    yield from keys.check(conf)
    yield from certificates.check(conf)
    yield from bus.check(conf, running=running)
    django.setup()
    from thienly.doctor import database, witnesses  # noqa: PLC0415 - models are importable only now

    yield from database.check(conf, running=running)
    yield from witnesses.check(conf)


def _configuration(conf: Conf) -> Finding:
    if not conf.initialised:
        return fault(
            "configuration",
            f"chưa có cài đặt nào trong {conf.data}",
            f"there is no installation in {conf.data}",
            "Chạy `thienly init`, hoặc đặt THIENLY_DATA.",
            "Run `thienly init`, or set THIENLY_DATA.",
        )
    try:
        file, _ = conf.file, conf.nats_url
    except (ValidationError, ValueError, OSError) as error:
        first = str(error.errors()[0]["loc"]) if isinstance(error, ValidationError) else str(error)
        return fault(
            "configuration",
            f"thienly.toml không hợp lệ: {first}",
            f"thienly.toml is not valid: {first}",
            "Sửa tên hoặc giá trị này; docs/operation.md liệt kê các mục.",
            "Correct this name or value; docs/operation.md lists them all.",
        )
    names = [recorder.name for recorder in file.recorders]
    if len(names) != len(set(names)):
        return fault(
            "configuration",
            "hai đầu ghi trùng tên trong thienly.toml",
            "two recorders of one name in thienly.toml",
            "Đặt mỗi đầu ghi một tên.",
            "Give each recorder a name of its own.",
        )
    return ok("configuration", f"thienly.toml hợp lệ, {len(names)} đầu ghi", f"valid, {len(names)} recorders")


def _processes(conf: Conf) -> tuple[list[Finding], bool]:
    """The findings, and whether the system runs here."""
    try:
        pids: dict[str, int] = json.loads((conf.data / "pids.json").read_text())
    except (OSError, ValueError):
        return [ok("processes", "hệ thống không chạy", "the system does not run")], False
    dead = sorted(name for name, pid in pids.items() if not _alive(pid))
    if len(dead) == len(pids):
        text = ok(
            "processes",
            "hệ thống không chạy (đã bị ngắt đột ngột)",
            "the system does not run (it was cut off)",
        )
        return [text], False
    if dead:
        return [
            fault(
                "processes",
                f"đã dừng: {', '.join(dead)}",
                f"not running: {', '.join(dead)}",
                "`thienly up` khởi động lại sau vài giây; nếu lặp lại, xem logs/.",
                "`thienly up` starts it again within seconds; if it happens again, read logs/.",
            )
        ], True
    return [ok("processes", f"{len(pids)} tiến trình đang chạy", f"{len(pids)} processes run")], True


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _line(finding: Finding) -> str:
    text = f"[{_MARKS[finding.level]}] {finding.check:<22} {finding.text.vi}\n{'':32}{finding.text.en}"
    if finding.todo is not None:
        text += f"\n{'':30}→ {finding.todo.vi}\n{'':30}→ {finding.todo.en}"
    return text
